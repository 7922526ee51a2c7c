// Covers src/backends/memory/lane.ts
import { expect, test } from 'vitest';
import { memoryStore, syncMemoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const HOUR_MS = 3_600_000;

test('lane: each time to live starts again when the clock is set back, wherever the event is', () => {
  const runtime = new ManualRuntime();
  const backend = syncMemoryBackend({ store: memoryStore({ runtime }) });
  const ttlMs = 10_000;
  const publish = (payload: string, delayMs = 0) =>
    backend.publish('orders', payload, null, { ttlMs, delayMs });
  const take = () => backend.dequeue('orders', 0);
  const nack = (delayMs: number) => {
    const { eventId = '', lease = 0 } = take() ?? {};
    backend.nack(eventId, lease, { delayMs });
  };
  publish('retried');
  nack(1);
  publish('leased');
  take();
  publish('returned');
  nack(0);
  publish('fresh');
  publish('delayed', ttlMs - 1);
  for (let times = 0; times < 3; times += 1) {
    runtime.jumpTo(runtime.now() - HOUR_MS);
    expect(backend.stats?.('orders')).toMatchObject({ leased: 1, dead: 0 });
    runtime.jumpTo(runtime.now() + ttlMs - 1);
  }
  expect(backend.stats?.('orders')).toMatchObject({ ready: 4, leased: 1, dead: 0 });
  runtime.jumpTo(runtime.now() + 1);
  expect(take()).toBeNull();
  const letters = backend.deadLetters?.('orders', 10) ?? [];
  const attempts = Object.fromEntries(letters.map(({ payload, attempts }) => [payload, attempts]));
  expect(attempts).toEqual({ retried: 1, returned: 1, fresh: 0, delayed: 0 });
});

test('syncMemoryBackend: a time as a Date, from which the event is delivered', () => {
  const runtime = new ManualRuntime();
  const backend = syncMemoryBackend({ runtime });
  const availableAt = new Date(runtime.now() + 5_000);
  backend.publish('orders', 'later', null, { availableAt });
  availableAt.setTime(0);
  expect(backend.dequeue('orders', 0)).toBeNull();
  runtime.jumpTo(runtime.now() + 5_000);
  expect(backend.dequeue('orders', 0)?.availableAt).toBe(runtime.now());
});
