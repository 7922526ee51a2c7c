// Covers src/queue/split-claim.ts, src/backends/memory/lane.ts
import { expect, test } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  memoryBackend,
  RetryError,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { openDatabase } from '../backends/indexeddb/open-indexeddb.ts';

const MANY = 10_000;
const drafts = (count: number, payload: string) =>
  Array.from({ length: count }, () => ({ channel: 'orders', payload }));

test('listen: while 10,000 events fail every five seconds, new events are still delivered', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({
    backend: memoryBackend({ runtime }),
    maxAttempts: Number.POSITIVE_INFINITY,
    observer: () => {},
  });
  let served = 0;
  // Each takes a millisecond, which makes ten seconds of work every five seconds.
  const listener = events.listen('orders', async ({ payload }) => {
    await new Promise<void>((resolve) => runtime.after(1, resolve));
    if (payload === 'failing') throw new RetryError(5_000);
    served += 1;
  });
  await events.publishMany(drafts(MANY, 'failing'));
  // Every failing event has been delivered once by then.
  await runtime.advance(16_000);
  await events.publishMany(drafts(40, 'new'));
  await runtime.advance(100);
  expect(served).toBe(40);
  await listener.stop({ mode: 'release' });
});

/** Publishes `count` events that have failed and are all due again at this moment. */
async function openWave(backend: AsyncEventBackend, runtime: ManualRuntime, count: number) {
  await backend.publishMany?.(drafts(count, 'failing'));
  const taken = (await backend.dequeueMany?.('orders', count, 0)) ?? [];
  expect(taken.length).toBe(count);
  const nacked = taken.map(({ eventId, lease }) =>
    backend.nack(eventId, lease, { delayMs: 60_000 }),
  );
  expect(new Set(await Promise.all(nacked))).toEqual(new Set(['ok']));
  await runtime.advance(60_000);
}

test('memory: with 10,000 retries due at once, a new event is delayed by one of them', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  await openWave(backend, runtime, MANY);
  await backend.publish('orders', 'new');
  const next = [await backend.dequeue('orders', 0), await backend.dequeue('orders', 0)];
  expect(next.map((message) => message?.payload)).toContain('new');
});

test('memory (synchronous): with 10,000 retries due at once, a new event is delayed by one of them', () => {
  const runtime = new ManualRuntime();
  const backend = syncMemoryBackend({ runtime });
  const events = new SyncEventChannel({ backend, autoDrain: false, observer: () => {} });
  const seen: unknown[] = [];
  events.publishMany(drafts(MANY, 'failing'));
  for (const delivery of events.dequeueMany('orders', MANY)) delivery.nack({ delayMs: 60_000 });
  runtime.jumpTo(runtime.now() + 60_000);
  events.publish('orders', 'new');
  events.listen('orders', ({ payload }) => seen.push(payload));
  expect(events.drain()).toBe(MANY + 1);
  expect(seen.indexOf('new')).toBeLessThanOrEqual(1);
});

test('IndexedDB: with 1,500 retries due at once, a new event is delayed by one of them', async () => {
  const { runtime, open } = openDatabase();
  const backend = open();
  // One scan reads fewer rows than that.
  await openWave(backend, runtime, 1_500);
  await backend.publish('orders', 'new 1');
  const first = [await backend.dequeue('orders', 0), await backend.dequeue('orders', 0)];
  expect(first.map((message) => message?.payload)).toContain('new 1');
  // Another context favors the right kind too, because it reads it from the store.
  const other = open();
  await other.publishMany(drafts(3, 'new 2'));
  const later: unknown[] = [];
  for (let count = 0; count < 6; count += 1) {
    const consumer = count % 2 === 0 ? other : backend;
    later.push((await consumer.dequeue('orders', 0))?.payload);
  }
  expect(later.filter((payload) => payload === 'new 2').length).toBe(3);
});
