// Covers src/backends/memory/sync-memory-backend.ts, src/queue/sync-queue-backend.ts, src/queue/capabilities.ts
import { describe, expect, test, vi } from 'vitest';
import { memoryBackend, memoryStore, syncMemoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';

describe('memoryBackend, syncMemoryBackend: invalid options are refused', () => {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const bad: readonly (readonly [options: unknown, message: string])[] = [
    [null, 'options must be an object, got null'],
    ['store', 'options must be an object, got "store"'],
    [{ store: {} }, 'store must be made by memoryStore(), got an object'],
    [{ runtime: {} }, 'runtime must be a Runtime, got an object'],
    [{ store, runtime }, 'runtime must be left out where a store is given, got an object'],
  ];
  for (const [options, message] of bad)
    for (const make of [memoryBackend, syncMemoryBackend])
      test(`${make.name}: ${message}`, () => {
        expect(() => make(options as never)).toThrow(new TypeError(message));
      });
});

test('memoryBackend, syncMemoryBackend: over one store they share events, and wake each other', async () => {
  const store = memoryStore({ runtime: new ManualRuntime() });
  const [asynchronous, synchronous] = [memoryBackend({ store }), syncMemoryBackend({ store })];
  const waiting = asynchronous.dequeue('orders', 60_000);
  const eventId = synchronous.publish('orders', 1);
  const message = await waiting;
  expect(message?.eventId).toBe(eventId);
  expect(synchronous.dequeue('orders', 0)).toBe(null);
  expect(synchronous.ack(eventId)).toBe('gone');
  expect(synchronous.ack(eventId, message?.lease)).toBe('ok');
});

test('memoryBackend: without the option `store`, two backends share no events', async () => {
  const runtime = new ManualRuntime();
  const [one, other] = [memoryBackend({ runtime }), memoryBackend({ runtime })];
  await one.publish('orders', 1);
  expect(await other.dequeue('orders', 0)).toBe(null);
});

test('memoryBackend: delayed and waiting events set no timer, and all leases together set one', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  for (let delayMs = 0; delayMs < 100; delayMs += 1)
    await backend.publish('orders', delayMs, null, { delayMs });
  expect(runtime.pendingTimers).toBe(0);
  await runtime.advance(2);
  for (let taken = 0; taken < 3; taken += 1) {
    expect(await backend.dequeue('orders', 0)).not.toBeNull();
    expect(runtime.pendingTimers).toBe(1);
  }
});

test('syncMemoryBackend: with any poll interval it answers at once', () => {
  const runtime = new ManualRuntime();
  expect(syncMemoryBackend({ runtime }).dequeue('orders', 3_600_000)).toBe(null);
  expect(runtime.pendingTimers).toBe(0);
});

test('memoryBackend, syncMemoryBackend: a durability is refused, naming option and backend, and nothing is stored', async () => {
  const store = memoryStore({ runtime: new ManualRuntime() });
  const [asynchronous, synchronous] = [memoryBackend({ store }), syncMemoryBackend({ store })];
  const message = (name: string) =>
    `durability needs the capability durability, which the backend ${name} lacks`;
  const drafts = [
    { channel: 'orders', payload: 1 },
    { channel: 'orders', payload: 2, options: { durability: 'strict' } },
  ] as const;
  await expect(asynchronous.publishMany?.(drafts)).rejects.toMatchObject({
    code: 'unsupported',
    message: message('memory'),
  });
  expect(() => synchronous.publishMany?.(drafts)).toThrow(message('memory (synchronous)'));
  expect(synchronous.dequeue('orders', 0)).toBe(null);
});

test('maxDeadLetters: in a channel with more, the oldest are dropped and reported', () => {
  const runtime = new ManualRuntime();
  const backend = syncMemoryBackend({ runtime, maxDeadLetters: 2 });
  const observer = recordingObserver();
  backend.observe?.(observer);
  for (const channel of ['a', 'b'])
    for (let count = 1; count <= (channel === 'a' ? 4 : 2); count += 1) {
      backend.publish(channel, count);
      const message = backend.dequeue(channel, 0);
      backend.reject?.(String(message?.eventId));
    }
  const left = (channel: string) => backend.deadLetters?.(channel, 9).map(({ payload }) => payload);
  expect([left('a'), left('b')]).toEqual([
    [3, 4],
    [1, 2],
  ]);
  expect(backend.stats?.('a')).toMatchObject({ dead: 2 });
  const dropped = { type: 'dead-letters-dropped', channel: 'a', count: 1 };
  expect(observer.of('dead-letters-dropped')).toEqual([dropped, dropped]);
});

test('maxDeadLetters: an invalid number is refused, and so is the option beside a store', () => {
  for (const open of [memoryBackend, syncMemoryBackend, memoryStore])
    expect(() => open({ maxDeadLetters: 0 })).toThrow(
      new TypeError('maxDeadLetters must be a whole number from 1, got 0'),
    );
  const store = memoryStore();
  expect(() => memoryBackend({ store, maxDeadLetters: 9 })).toThrow(
    new TypeError('maxDeadLetters must be left out where a store is given, got 9'),
  );
});

test('syncMemoryBackend: a shutdown closes the notifier of its store, once', () => {
  const store = memoryStore();
  const close = vi.spyOn(store.notifier, 'close');
  const backend = syncMemoryBackend({ store });
  backend.shutdown();
  backend.shutdown();
  expect(close).toHaveBeenCalledTimes(1);
});
