import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Everything that a runner can fake, also `queueMicrotask`, which Jest's modern timers fake by default. */
beforeEach(() => {
  vi.useFakeTimers({
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'queueMicrotask',
      'Date',
    ],
  });
});

afterEach(() => {
  vi.useRealTimers();
});

test('memory: all timers can be run while a listener is idle, because it has no timer', async () => {
  const events = new EventChannel({ backend: memoryBackend() });
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  await vi.runAllTimersAsync();
  expect(vi.getTimerCount()).toBe(0);
  await events.publish('orders', 1);
  await events.publish('orders', 2, null, { delayMs: 60_000 });
  await vi.runAllTimersAsync();
  expect([seen, vi.getTimerCount()]).toEqual([[1, 2], 0]);
  await events.shutdown();
});

test('memory: an idle iterator has no timer', async () => {
  const events = new EventChannel({ backend: memoryBackend() });
  const next = events.iterEvents('orders').next();
  await vi.runAllTimersAsync();
  await events.publish('orders', 1);
  expect((await next).value?.payload).toBe(1);
  await events.shutdown();
});

test('IndexedDB: a publish waits for immediates of fake-indexeddb, and for no timer of the library', async () => {
  vi.useFakeTimers();
  const startedAt = Date.now();
  const events = new EventChannel({ backend: indexedDbBackend({ database: 'immediates' }) });
  let isStored = false;
  const publishing = events.publish('orders', 1).then(() => {
    isStored = true;
  });
  // A nested immediate takes a millisecond of fake time. The shortest timer of the library would take 30.
  while (!isStored && Date.now() - startedAt < 30) await vi.advanceTimersByTimeAsync(1);
  expect(isStored).toBe(true);
  await publishing;
  vi.useRealTimers();
  await events.shutdown();
});

test('synchronous memory: listeners run by themselves', async () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend() });
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  events.publish('orders', 1);
  await Promise.resolve();
  expect(seen).toEqual([1]);
  events.shutdown();
});
