// Covers src/core/listening/lease-keeper.ts, src/core/listening/long-handlers.ts

import { expect, test } from 'vitest';
import { CHECKED_EVERY_MS } from '../../../src/backends/memory/expiry-check.ts';
import {
  AcklineError,
  type Delivery,
  EventChannel,
  memoryBackend,
  type Runtime,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';
import { openRunning } from '../../support/open-running.ts';

const error = new AcklineError('storage', 'disk on fire');

test('lease: while the handler runs, its lease is extended at half time', async () => {
  const { runtime, observer, other, handler, deliveries } = await openRunning();
  await runtime.advance(14_999);
  expect(observer.of('settled')).toEqual([]);
  for (let round = 0; round < 20; round += 1) {
    expect(await other.dequeue('orders', 0)).toBe(null);
    await runtime.advance(15_000);
  }
  const verbs = observer.of('settled').map(({ verb, settlement }) => `${verb} ${settlement}`);
  expect(verbs).toEqual(Array.from({ length: 20 }, () => 'extend ok'));
  handler.resolve();
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ leased: 0, ready: 0 });
  expect(deliveries.length).toBe(1);
});

test('lease: a handler that ends before half time requests no extension and leaves no timer', async () => {
  const { runtime, observer, events, handler } = await openRunning();
  await runtime.advance(10_000);
  handler.resolve();
  await events.drain();
  await runtime.advance(20_000);
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['ack']);
  await events.shutdown();
  expect(runtime.pendingTimers).toBe(0);
});

/** A clock that records the timers that are set. */
function recordingRuntime(asked: number[]): Runtime {
  const manual = new ManualRuntime();
  return {
    now: () => manual.now(),
    randomId: () => manual.randomId(),
    random: () => manual.random(),
    after: (ms, run) => {
      asked.push(ms);
      // Like a timer of the platform, it never fires in the same task.
      return manual.after(Math.max(1, ms), run);
    },
  };
}

test('lease: a handler that awaits its own publish sets no timer', async () => {
  const asked: number[] = [];
  const events = new EventChannel({ backend: memoryBackend({ runtime: recordingRuntime(asked) }) });
  const listener = events.listen('orders', async () => {
    await events.publish('bills', 1);
  });
  await events.publish('orders', 1);
  expect(await events.drain()).toBe(1);
  expect(asked.filter((ms) => ms === 0)).toEqual([]);
  await listener.stop();
});

test('lease: handlers that end at once set no timers of their own', async () => {
  const asked: number[] = [];
  const runtime = recordingRuntime(asked);
  const events = new EventChannel({ backend: memoryBackend({ runtime }), concurrency: 10 });
  await events.publishMany(Array.from({ length: 100 }, () => ({ channel: 'orders', payload: 1 })));
  const listener = events.listen('orders', async () => undefined);
  expect(await events.drain()).toBe(100);
  // The store sets one timer for all leases.
  expect(asked.filter((ms) => ms > 1_000)).toEqual([CHECKED_EVERY_MS]);
  await listener.stop();
});

test('maxHoldMs: at its end the extensions stop, the handler is aborted, and other consumers can claim the event', async () => {
  const { runtime, observer, other, handler, deliveries } = await openRunning({
    maxHoldMs: 100_000,
  });
  await runtime.advance(99_999);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  expect(await other.dequeue('orders', 0)).toBe(null);
  await runtime.advance(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
  const again = await other.dequeue('orders', 0);
  expect(again?.attempts).toBe(2);
  expect(observer.of('lease-lost').length).toBe(1);
  handler.resolve();
  await runtime.settle();
  expect(await other.ack(again?.eventId ?? '')).toBe('ok');
});

test('maxHoldMs: the last extension reaches to its end, without ever smaller extensions', async () => {
  const { runtime, observer } = await openRunning({ leaseMs: 30_000, maxHoldMs: 60_000 });
  await runtime.advance(60_000);
  expect(observer.of('settled').length).toBeLessThan(6);
});

test('maxHoldMs: a maxHoldMs shorter than the lease does not shorten the lease', async () => {
  const { runtime, deliveries } = await openRunning({ leaseMs: 30_000, maxHoldMs: 20_000 });
  await runtime.advance(29_999);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  await runtime.advance(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
});

test('lease: when another consumer has the event, the next extension aborts the handler', async () => {
  const { runtime, observer, other, deliveries } = await openRunning();
  const { eventId = '', lease } = deliveries[0] ?? {};
  await other.nack(eventId, lease);
  expect((await other.dequeue('orders', 0))?.attempts).toBe(2);
  await runtime.advance(15_000);
  expect(deliveries[0]?.signal.aborted).toBe(true);
  expect(deliveries[0]?.signal.reason).toMatchObject({ name: 'AbortError' });
  const lost = { type: 'lease-lost', channel: 'orders', eventId, lease };
  expect(observer.of('lease-lost')).toEqual([lost]);
});

test('lease: after it was lost, the result of the handler settles nothing', async () => {
  const { runtime, other, observer, handler, deliveries } = await openRunning();
  const { eventId = '', lease } = deliveries[0] ?? {};
  await other.nack(eventId, lease);
  await other.dequeue('orders', 0);
  await runtime.advance(15_000);
  handler.reject(new Error('aborted'));
  await runtime.settle();
  expect(await other.ack(eventId)).toBe('ok');
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['extend']);
});

test('lease: a failing extension is reported and repeated before the lease ends', async () => {
  const { runtime, observer, deliveries, other } = await openRunning({}, [
    { kind: 'fail', call: 'settle', nth: 1, error },
    { kind: 'fail', call: 'settle', nth: 2, error },
  ]);
  await runtime.advance(29_999);
  expect(observer.of('fault')).toEqual([
    { type: 'fault', during: 'extend', channel: 'orders', error },
    { type: 'fault', during: 'extend', channel: 'orders', error },
  ]);
  await runtime.advance(10_000);
  expect(await other.dequeue('orders', 0)).toBe(null);
  expect(deliveries[0]?.signal.aborted).toBe(false);
});

test('lease: while an extension has no answer, the handler is aborted when the lease expires', async () => {
  const never = deferred();
  const { runtime, observer, deliveries } = await openRunning({}, [
    { kind: 'delay', call: 'settle', nth: 1, until: never.promise },
  ]);
  await runtime.advance(29_999);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  await runtime.advance(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
  expect(observer.of('lease-lost').length).toBe(1);
});

test('lease: a handler that goes on after it settled its event is not aborted before maxHoldMs', async () => {
  const { runtime, events, observer, deliveries } = await openRunning({ maxHoldMs: 100_000 });
  await deliveries[0]?.ack();
  let isStopped = false;
  void events.stopListener('orders').then(() => {
    isStopped = true;
  });
  await runtime.advance(99_999);
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['ack']);
  expect([deliveries[0]?.signal.aborted, isStopped]).toEqual([false, false]);
  await runtime.advance(1);
  expect([deliveries[0]?.signal.aborted, isStopped]).toEqual([true, true]);
  expect(observer.of('lease-lost')).toEqual([]);
});

test('maxHoldMs: when the clock is set back, a handler that hangs is still aborted', async () => {
  const { runtime, other, deliveries } = await openRunning({ maxHoldMs: 100_000 });
  runtime.jumpTo(0);
  // The count starts again at the first extension.
  await runtime.advance(15_000 + 99_999);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  await runtime.advance(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
  expect(await other.dequeue('orders', 0)).toMatchObject({ attempts: 2 });
});

test('lease: when the clock is set back while an extension has no answer, the handler is still aborted', async () => {
  const hangs = { kind: 'delay', call: 'settle', nth: 1, until: deferred().promise } as const;
  const { runtime, deliveries } = await openRunning({}, [hangs]);
  runtime.jumpTo(0);
  await runtime.advance(15_000 + 29_999);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  await runtime.advance(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
});

test('lease: when one is lost after its handler ended, stop() still waits for the running handlers', async () => {
  const { events, other, runtime } = openChannel({ autoAck: false, pollIntervalMs: 3_600_000 });
  const work = deferred();
  const deliveries: Delivery[] = [];
  const listener = events.listen('orders', (delivery) => {
    deliveries.push(delivery);
    return delivery.payload === 'slow' ? work.promise : undefined;
  });
  const eventId = await events.publish('orders', 'left unsettled');
  await runtime.settle();
  await other.nack(eventId, deliveries[0]?.lease, { delayMs: 3_600_000 });
  expect(await deliveries[0]?.extend()).toBe('stale');
  await events.publish('orders', 'slow');
  await runtime.settle();
  let isStopped = false;
  void listener.stop().then(() => {
    isStopped = true;
  });
  await runtime.settle();
  expect([deliveries.length, isStopped]).toEqual([2, false]);
  work.resolve();
  await runtime.settle();
  expect(isStopped).toBe(true);
});
