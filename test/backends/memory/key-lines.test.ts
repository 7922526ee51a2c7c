// Covers src/backends/memory/key-lines.ts, src/backends/memory/lanes.ts

import type { SyncEventBackend } from 'ackline';
import { expect, test } from 'vitest';
import {
  memoryBackend,
  memoryStore,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

function openSync(runtime = new ManualRuntime()): Required<SyncEventBackend> {
  return syncMemoryBackend({ runtime }) as Required<SyncEventBackend>;
}

test('a hot key: 100,000 waiting events cost the claims of other keys nothing', async () => {
  const backend = openSync();
  const drafts = Array.from({ length: 100_000 }, (_, payload) => {
    return { channel: 'c', payload, options: { key: 'hot' } };
  });
  backend.publishMany(drafts);
  backend.publish('c', 'cold', null, { key: 'cold' });
  const [hot, cold] = backend.dequeueMany('c', 10, 0);
  expect([hot?.payload, cold?.payload]).toEqual([0, 'cold']);
  expect(backend.dequeueMany('c', 10, 0)).toEqual([]);
  expect(backend.stats('c')).toMatchObject({ ready: 99_999, leased: 2 });
  backend.ack(String(hot?.eventId), hot?.lease);
  expect(backend.dequeueMany('c', 10, 0).map(({ payload }) => payload)).toEqual([1]);
});

test('an observer that empties the lane while it hears of a replaced event loses no event', () => {
  const backend = openSync();
  for (let index = 0; index < 100; index += 1) backend.publish(`other${index}`, 1);
  let count = 0;
  backend.observe(({ type }) => {
    if (type !== 'replaced') return;
    count += 1;
    for (const { eventId, lease } of backend.dequeueMany('c', 10, 0)) backend.ack(eventId, lease);
  });
  backend.publish('c', 1, null, { key: 'a' });
  backend.publish('c', 2, null, { key: 'a', replaces: 'waiting' });
  backend.publish('c', 3, null, { key: 'a' });
  expect(count).toBe(1);
  expect(backend.dequeueMany('c', 10, 0).map(({ payload }) => payload)).toEqual([3]);
});

test('a replaced event that was delayed leaves no event behind when it comes due', () => {
  const runtime = new ManualRuntime();
  const backend = openSync(runtime);
  backend.publish('c', 1, null, { key: 'a', delayMs: 10 });
  backend.publish('c', 2, null, { key: 'a', replaces: 'waiting', delayMs: 20 });
  expect(backend.stats('c')).toMatchObject({ ready: 0, scheduled: 1 });
});

test('a delayed event that its key held back is due by a clock that was set back', async () => {
  const runtime = new ManualRuntime();
  const backend = openSync(runtime);
  backend.publish('c', 1, null, { key: 'a' });
  backend.publish('c', 2, null, { key: 'a', delayMs: 1_000 });
  runtime.jumpTo(runtime.now() - 3_600_000);
  const [first] = backend.dequeueMany('c', 1, 0);
  backend.ack(String(first?.eventId), first?.lease);
  await runtime.advance(1_000);
  expect(backend.dequeueMany('c', 1, 0).map(({ payload }) => payload)).toEqual([2]);
});

test('a synchronous listener gets the next event of a key after an explicit ack', async () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend() });
  const seen: unknown[] = [];
  events.publish('c', 1, null, { key: 'a' });
  const first = events.dequeue('c');
  events.listen('c', ({ payload }) => void seen.push(payload));
  events.publish('c', 2, null, { key: 'a' });
  await Promise.resolve();
  expect(seen).toEqual([]);
  events.ack(first as NonNullable<typeof first>);
  await Promise.resolve();
  expect(seen).toEqual([2]);
  events.shutdown();
});

test('a synchronous and an asynchronous backend on one store keep the order of a key together', async () => {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const [sync, async] = [syncMemoryBackend({ store }), memoryBackend({ store })];
  sync.publish('c', 1, null, { key: 'a' });
  await async.publish('c', 2, null, { key: 'a' });
  const first = sync.dequeue('c', 0);
  const waiting = async.dequeue('c', 60_000);
  await runtime.advance(1);
  sync.ack(String(first?.eventId), first?.lease);
  expect((await waiting)?.payload).toBe(2);
  await async.shutdown();
});
