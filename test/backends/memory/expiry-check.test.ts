import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { ManualRuntime, recordingObserver } from 'ackline/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { CHECKED_EVERY_MS } from '../../../src/backends/memory/expiry-check.ts';
import { keptKeys } from '../../support/kept-keys.ts';

const LEASE_MS = 180_000;
/** The longest time from the end of a lease until it is taken back. */
const WITHIN_MS = 2 * CHECKED_EVERY_MS;

afterEach(() => {
  vi.useRealTimers();
});

test('after 100,000 deliveries that a consumer never settles, none of their leases is kept', async () => {
  const count = 100_000;
  const runtime = new ManualRuntime();
  let lostCount = 0;
  const events = new EventChannel<{ jobs: number }>({
    backend: memoryBackend({ runtime }),
    observer: ({ type }) => {
      if (type === 'lease-lost') lostCount += 1;
    },
  });
  for (let batch = 0; batch < count / 1_000; batch += 1) {
    await events.publishMany(
      Array.from({ length: 1_000 }, (_, payload) => ({ channel: 'jobs' as const, payload })),
    );
    await events.dequeueMany('jobs', 1_000, { leaseMs: LEASE_MS });
  }
  expect(await events.stats('jobs')).toMatchObject({ leased: count, ready: 0 });
  await runtime.advance(LEASE_MS + WITHIN_MS);
  expect(await events.stats('jobs')).toMatchObject({ leased: 0, ready: count });
  expect(lostCount).toBe(count);
  // Only the store keeps its events, which wait again. The ledger and the channel keep none.
  expect(keptKeys('').filter((keys) => keys >= count)).toHaveLength(1);
  expect(runtime.pendingTimers).toBe(0);
  expect((await events.dequeue('jobs', { pollIntervalMs: 0 }))?.attempts).toBe(2);
  await events.shutdown();
}, 120_000);

test('for any number of leases and channels one timer is set, and none without leases', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel<Record<string, number>>({
    backend: memoryBackend({ runtime }),
    observer: () => {},
  });
  const channels = Array.from({ length: 10 }, (_, index) => `channel-${index}`);
  for (const channel of channels) await events.publish(channel, 1);
  expect(runtime.pendingTimers).toBe(0);
  for (const [index, channel] of channels.entries())
    await events.dequeue(channel, { leaseMs: LEASE_MS * (index + 1) });
  expect(runtime.pendingTimers).toBe(1);
  await runtime.advance(WITHIN_MS);
  for (const index of channels.keys()) {
    await runtime.advance(LEASE_MS);
    const held = await Promise.all(channels.map((channel) => events.stats(channel)));
    expect(held.filter(({ leased }) => leased > 0)).toHaveLength(9 - index);
  }
  expect(runtime.pendingTimers).toBe(0);
  await events.shutdown();
});

async function openHeld() {
  const runtime = new ManualRuntime();
  const observer = recordingObserver();
  const backend = memoryBackend({ runtime });
  const events = new EventChannel<{ jobs: number }>({ backend, observer });
  await events.publish('jobs', 1);
  const delivery = await events.dequeue('jobs', { leaseMs: LEASE_MS });
  return { runtime, observer, events, delivery };
}

test('after an extension a lease is taken back after its new end', async () => {
  const { runtime, observer, events, delivery } = await openHeld();
  await runtime.advance(LEASE_MS / 2);
  await delivery?.extend(LEASE_MS);
  await runtime.advance(LEASE_MS);
  expect(observer.of('lease-lost')).toEqual([]);
  await runtime.advance(WITHIN_MS);
  expect(observer.of('lease-lost')).toHaveLength(1);
  expect(delivery?.signal.aborted).toBe(true);
  await events.shutdown();
});

test('after the device slept, an expired lease can still be extended', async () => {
  const { runtime, observer, events, delivery } = await openHeld();
  runtime.jumpTo(runtime.now() + 3_600_000);
  await runtime.advance(CHECKED_EVERY_MS - 1);
  expect(await delivery?.extend(LEASE_MS)).toBe('ok');
  await runtime.advance(LEASE_MS);
  expect(observer.of('lease-lost')).toEqual([]);
  await events.shutdown();
});

test('after the clock was set back, leases are still taken back', async () => {
  const { runtime, observer, events } = await openHeld();
  runtime.jumpTo(runtime.now() - 3_600_000);
  await runtime.advance(LEASE_MS + WITHIN_MS + CHECKED_EVERY_MS);
  expect(observer.of('lease-lost')).toHaveLength(1);
  await events.shutdown();
});

test('without a call, a synchronous channel loses its expired leases', async () => {
  const runtime = new ManualRuntime();
  const observer = recordingObserver();
  const backend = syncMemoryBackend({ runtime });
  const events = new SyncEventChannel<{ jobs: number }>({ backend, observer, autoDrain: false });
  events.publish('jobs', 1);
  events.dequeue('jobs', { leaseMs: LEASE_MS });
  await runtime.advance(LEASE_MS + WITHIN_MS);
  expect(observer.of('lease-lost')).toHaveLength(1);
  events.shutdown();
  expect(runtime.pendingTimers).toBe(0);
});

test('with or without settlements, fake timers run to their end', async () => {
  vi.useFakeTimers();
  const events = new EventChannel<{ jobs: number }>({
    backend: memoryBackend(),
    observer: () => {},
  });
  await events.publish('jobs', 1);
  await events.publish('jobs', 2);
  await (await events.dequeue('jobs'))?.ack();
  await events.dequeue('jobs');
  await vi.runAllTimersAsync();
  expect(await events.stats('jobs')).toMatchObject({ leased: 0, ready: 1 });
  expect(vi.getTimerCount()).toBe(0);
  await events.shutdown();
});
