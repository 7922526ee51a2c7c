import { afterEach, expect, test, vi } from 'vitest';
import { watchLifecycle } from '../../src/platform/page-lifecycle.ts';

/** The error of a test environment whose `addEventListener` refuses a signal of another platform. */
class Target extends EventTarget {
  readonly types: string[] = [];
  readonly visibilityState = 'visible';

  override addEventListener(type: string, listener: EventListener, options?: object): void {
    if (options) throw new TypeError("member signal is not of type 'AbortSignal'");
    this.types.push(type);
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: EventListener): void {
    this.types.splice(this.types.indexOf(type), 1);
    super.removeEventListener(type, listener);
  }
}

function watch() {
  const called: string[] = [];
  const stop = watchLifecycle({
    suspend: () => called.push('suspend'),
    resume: () => called.push('resume'),
    wake: () => called.push('wake'),
    online: () => called.push('online'),
  });
  return { called, stop };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

function stubScope(): Target {
  const scope = new Target();
  vi.stubGlobal('addEventListener', scope.addEventListener.bind(scope));
  vi.stubGlobal('removeEventListener', scope.removeEventListener.bind(scope));
  return scope;
}

test('page: it gets all events until it is stopped, and then has no listener', () => {
  const window = stubScope();
  const document = new Target();
  vi.stubGlobal('document', document);
  const { called, stop } = watch();
  const hide = () =>
    window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
  hide();
  document.dispatchEvent(new Event('resume'));
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(called).toEqual(['suspend', 'resume', 'wake', 'online', 'wake']);
  stop();
  hide();
  expect(called).toHaveLength(5);
  expect([window.types, document.types]).toEqual([[], []]);
});

test('worker: it gets `online` events, and no events of pages', () => {
  const scope = stubScope();
  const { called, stop } = watch();
  expect(scope.types).toEqual(['online']);
  scope.dispatchEvent(new Event('online'));
  stop();
  scope.dispatchEvent(new Event('online'));
  expect([called, scope.types]).toEqual([['wake', 'online'], []]);
});

test('service worker: it adds no listener, because browsers would warn', () => {
  const scope = stubScope();
  vi.stubGlobal('ServiceWorkerGlobalScope', class {});
  watch().stop();
  expect(scope.types).toEqual([]);
});

test('Node: it adds no listener', () => {
  expect(watch().stop).not.toThrow();
});
