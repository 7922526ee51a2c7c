// Covers src/inspection/watch-stats.ts, src/inspection/channel-store.ts, src/inspection/channel-watch.ts,
// src/backends/memory/watch-store.ts
import { AcklineError, type ChannelStats, memoryBackend, memoryStore } from 'ackline';
import { watchStats } from 'ackline/inspection';
import { ManualRuntime } from 'ackline/testing';
import { expect, test, vi } from 'vitest';
import { bareBackend } from '../support/bare-backend.ts';

const COUNTS: ChannelStats = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

function openCounted() {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const reads = vi.spyOn(store, 'stats');
  const backend = memoryBackend({ store });
  return { runtime, store, backend, reads, watched: watchStats(backend, 'orders') };
}

test('reads at most twice a second, however much happens', async () => {
  const { runtime, backend, reads, watched } = openCounted();
  watched.subscribe(() => {});
  for (let step = 0; step < 1_000; step += 1) {
    await backend.publish('orders', step);
    await runtime.advance(10);
  }
  expect(reads.mock.calls.length).toBeLessThanOrEqual(21);
  await runtime.advance(2_000);
  expect(watched.getSnapshot().stats?.ready).toBe(1_000);
});

test('reads nothing while nothing happens, and nothing without a listener', async () => {
  const { runtime, backend, reads, watched } = openCounted();
  await backend.publish('orders', 1);
  await backend.publish('orders', 2, null, { delayMs: 7_200_000 });
  await runtime.advance(10_000);
  expect(reads).not.toHaveBeenCalled();
  const stop = watched.subscribe(() => {});
  await runtime.advance(10_000);
  reads.mockClear();
  await runtime.advance(3_600_000);
  expect(reads).not.toHaveBeenCalled();
  await runtime.advance(3_600_000);
  expect(watched.getSnapshot().stats).toMatchObject({ ready: 2, scheduled: 0 });
  stop();
  reads.mockClear();
  await backend.publish('orders', 3);
  await runtime.advance(10_000);
  expect(reads).not.toHaveBeenCalled();
  expect(runtime.pendingTimers).toBe(0);
});

test('a lease that expires in a store is seen, also by a second watch', async () => {
  const { runtime, backend, watched } = openCounted();
  const other = watchStats(backend, 'orders');
  for (const store of [watched, other]) store.subscribe(() => {});
  await backend.publish('orders', 1);
  await backend.dequeue('orders', 0, { leaseMs: 1_000 });
  await runtime.advance(500);
  expect(other.getSnapshot().stats).toMatchObject({ leased: 1 });
  await runtime.advance(200_000);
  for (const store of [watched, other])
    expect(store.getSnapshot().stats).toMatchObject({ leased: 0, ready: 1 });
});

test('one listener that throws keeps no other from being called', async () => {
  const { runtime, backend, watched } = openCounted();
  const seen: (number | undefined)[] = [];
  watched.subscribe(() => {
    throw new Error('broken');
  });
  watched.subscribe(({ stats }) => seen.push(stats?.ready));
  await runtime.advance(1_000);
  await backend.publish('orders', 1);
  await runtime.advance(1_000);
  expect(seen).toEqual([undefined, 0, 1]);
});

test('after a read that fails the snapshot has the error, and the next one has none', async () => {
  const runtime = new ManualRuntime();
  const error = new AcklineError('storage', 'full');
  let fails = true;
  const backend = {
    ...bareBackend(),
    runtime,
    capabilities: { watchStats: true, stats: true } as const,
    stats: async () => {
      if (fails) throw error;
      return { ...COUNTS, ready: 5, estimate: { usageBytes: 1, quotaBytes: 2 } };
    },
    watchStats: () => () => undefined,
  };
  const watched = watchStats(backend, 'orders');
  const stop = watched.subscribe(() => {});
  await runtime.advance(1_000);
  expect(watched.getSnapshot()).toEqual({ stats: undefined, error, isEnded: false });
  fails = false;
  await runtime.advance(10_000);
  expect(watched.getSnapshot()).toEqual({ stats: { ...COUNTS, ready: 5 }, isEnded: false });
  stop();
});

test('its methods need no receiver, and it refuses what it cannot watch', () => {
  const { watched, backend } = openCounted();
  const { getSnapshot, subscribe } = watched;
  subscribe(() => {})();
  expect(getSnapshot()).toEqual({ stats: undefined, isEnded: false });
  expect(() => subscribe(5 as never)).toThrow('listener must be a function');
  expect(() => watchStats(backend, '9')).toThrow(TypeError);
  expect(() => watchStats(bareBackend(), 'orders')).toThrow('watchStats');
});
