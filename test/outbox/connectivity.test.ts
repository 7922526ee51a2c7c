// Covers src/outbox/connectivity.ts, src/platform/page-lifecycle.ts
import { afterEach, expect, test, vi } from 'vitest';
import { platformConnectivity } from '../../src/outbox.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('platformConnectivity: offline only if the platform says so', () => {
  expect(platformConnectivity.isOnline()).toBe(true);
  vi.stubGlobal('navigator', { onLine: false });
  expect(platformConnectivity.isOnline()).toBe(false);
  vi.stubGlobal('navigator', { onLine: true });
  expect(platformConnectivity.isOnline()).toBe(true);
  vi.stubGlobal('navigator', undefined);
  expect(platformConnectivity.isOnline()).toBe(true);
});

test('platformConnectivity: asks again at online and offline, until it is stopped', () => {
  const events = new EventTarget();
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
  let changes = 0;
  const stop = platformConnectivity.watch(() => {
    changes += 1;
  });
  events.dispatchEvent(new Event('offline'));
  expect(changes).toBe(1);
  events.dispatchEvent(new Event('online'));
  expect(changes).toBe(2);
  stop();
  events.dispatchEvent(new Event('offline'));
  events.dispatchEvent(new Event('online'));
  expect(changes).toBe(2);
});
