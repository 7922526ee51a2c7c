import type { AsyncEventBackend, EventMessage } from '../../src/index.ts';
import { EventChannel, memoryBackend, memoryStore } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

export type Drafts = Parameters<FullBackend['publishMany']>[0];

export type FullBackend = Required<AsyncEventBackend>;

/** A backend whose methods of these names are replaced. */
export function changed(
  backend: AsyncEventBackend,
  changes: Partial<Record<keyof AsyncEventBackend, unknown>>,
): FullBackend {
  return new Proxy(backend, {
    get(target, name) {
      if (name in changes) return changes[name as keyof AsyncEventBackend];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as FullBackend;
}

/** Two memory stores with one clock. `from` and `to` are backends of one context, `look` reads as another context. */
export function openPair(seed = 1) {
  const runtime = new ManualRuntime({ seed });
  const stores = { from: memoryStore({ runtime }), to: memoryStore({ runtime }) };
  const context = () => ({
    from: memoryBackend({ store: stores.from }) as FullBackend,
    to: memoryBackend({ store: stores.to }) as FullBackend,
  });
  const { from, to } = context();
  const look = context();
  const observer = recordingObserver();
  const events = new EventChannel({ backend: look.from, observer: () => undefined });
  const publish = (count: number) =>
    events.publishMany(
      Array.from({ length: count }, (_, payload) => ({ channel: 'orders', payload })),
    );
  /** What `to` holds, leased by the reader. */
  const arrived = async (channel = 'orders'): Promise<readonly EventMessage[]> =>
    look.to.dequeueMany(channel, 1_000, 0);
  return { runtime, from, to, context, look, observer, events, publish, arrived };
}

/** Fails the calls of these numbers, from 1. */
export function failing<Given extends readonly unknown[], Answer>(
  call: (...given: Given) => Promise<Answer>,
  isFailing: (call: number, ...given: Given) => unknown,
): (...given: Given) => Promise<Answer> {
  let calls = 0;
  return async (...given) => {
    calls += 1;
    const error = isFailing(calls, ...given);
    if (error) throw error;
    return call(...given);
  };
}
