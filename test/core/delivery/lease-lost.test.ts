// Covers src/core/delivery/delivery.ts, src/core/session.ts, src/core/listening/handler-slots.ts
import { describe, expect, test } from 'vitest';
import { DeliveryHandle } from '../../../src/core/delivery/delivery.ts';
import { Settler } from '../../../src/core/delivery/settler.ts';
import { ignore } from '../../../src/core/runtime/ignore.ts';
import {
  type ChannelSettings,
  type Delivery,
  EventChannel,
  memoryBackend,
  memoryStore,
  type ObserverEvent,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { faultyStore } from '../../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';

const LONG_MS = 3_600_000;

/** A channel over a backend that reports what the test passes to `report`. */
function openReporting(settings: ChannelSettings = {}) {
  const runtime = new ManualRuntime();
  const memory = memoryStore({ runtime });
  const reports = new Set<(event: ObserverEvent) => void>();
  const observe = (report: (event: ObserverEvent) => void) => {
    reports.add(report);
    return () => reports.delete(report);
  };
  const backend = memoryBackend({ store: { ...faultyStore(memory, []), observe } });
  const observer = recordingObserver();
  const events = new EventChannel({ backend, observer, pollIntervalMs: LONG_MS, ...settings });
  const other = memoryBackend({ store: memory });
  const reportLost = ({ eventId = '', lease }: Partial<Delivery>) => {
    for (const report of reports) report({ type: 'lease-lost', channel: 'orders', eventId, lease });
  };
  /** Gives the event to another consumer, as happens while a tab is frozen. */
  const moveToOther = async ({ eventId = '', lease }: Partial<Delivery>) => {
    await other.nack(eventId, lease);
    await other.dequeue('orders', 0, { leaseMs: 100 * LONG_MS });
  };
  return { runtime, backend, observer, events, other, reportLost, moveToOther };
}

/** The same channel, with a handler that runs until the test ends it. */
async function openRunning(settings: ChannelSettings = {}) {
  const opened = openReporting(settings);
  const handler = deferred();
  const deliveries: Delivery[] = [];
  const listener = opened.events.listen('orders', (delivery) => {
    deliveries.push(delivery);
    return handler.promise;
  });
  await opened.events.publish('orders', 1);
  await opened.runtime.settle();
  const [delivery] = deliveries;
  if (!delivery) throw new Error('nothing was delivered');
  return { ...opened, handler, listener, deliveries, delivery };
}

describe('a lease that the backend reports as lost', () => {
  test('aborts its handler at once, and is reported to the observer with its lease', async () => {
    const { observer, reportLost, delivery } = await openRunning();
    const { signal, eventId, lease } = delivery;
    reportLost(delivery);
    expect(signal.reason).toEqual(new DOMException('the lease is lost', 'AbortError'));
    expect(lease).toBeGreaterThan(0);
    expect(observer.of('lease-lost')).toEqual([
      { type: 'lease-lost', channel: 'orders', eventId, lease },
    ]);
  });

  test('is not extended again', async () => {
    const { runtime, observer, reportLost, delivery } = await openRunning();
    reportLost(delivery);
    // This is the timer of the store for its leases.
    expect(runtime.pendingTimers).toBe(1);
    await runtime.advance(LONG_MS);
    expect(observer.of('settled')).toEqual([]);
  });

  test('is reported to the observer once when the backend reports it several times', async () => {
    const { runtime, observer, reportLost, delivery } = await openRunning();
    reportLost(delivery);
    reportLost(delivery);
    await runtime.advance(LONG_MS);
    expect(observer.of('lease-lost').length).toBe(1);
  });

  test('is reported once when an extension of the handler has already found it', async () => {
    const { observer, reportLost, moveToOther, delivery } = await openRunning();
    await moveToOther(delivery);
    expect(await delivery.extend()).toBe('stale');
    expect(observer.of('lease-lost').length).toBe(1);
    reportLost(delivery);
    expect(observer.of('lease-lost').length).toBe(1);
  });

  test('is reported once when it had already ended by maxHoldMs', async () => {
    const { runtime, observer, reportLost, delivery } = await openRunning({ maxHoldMs: 1 });
    await runtime.advance(30_000);
    expect(observer.of('lease-lost').length).toBe(1);
    reportLost(delivery);
    expect(observer.of('lease-lost').length).toBe(1);
  });

  test('is not settled by the result or the error of its handler', async () => {
    const { runtime, observer, other, reportLost, moveToOther, handler, delivery } =
      await openRunning();
    await moveToOther(delivery);
    reportLost(delivery);
    handler.reject(delivery.signal.reason);
    await runtime.settle();
    expect(observer.of('settled')).toEqual([]);
    expect(observer.of('handler-error')).toEqual([]);
    expect(await other.ack(delivery.eventId)).toBe('ok');
  });

  test('has a delivery whose ack and nack answer as the backend does', async () => {
    const { reportLost, moveToOther, delivery } = await openRunning({ autoAck: false });
    await moveToOther(delivery);
    reportLost(delivery);
    expect(await delivery.ack()).toBe('stale');
    expect(await delivery.nack()).toBe('stale');
  });

  test('keeps its handler slot, but stop and drain no longer wait for its handler', async () => {
    const { runtime, events, reportLost, delivery, deliveries, handler, listener } =
      await openRunning();
    await events.publish('orders', 2);
    const draining = events.drain();
    reportLost(delivery);
    expect(await draining).toBe(0);
    expect(deliveries.length).toBe(1);
    handler.resolve();
    await runtime.settle();
    expect(deliveries.length).toBe(2);
    await listener.stop();
  });

  test('ends a stop in progress', async () => {
    const { reportLost, delivery, listener } = await openRunning();
    const stopping = listener.stop();
    reportLost(delivery);
    await stopping;
    expect(listener.status).toBe('stopped');
  });

  test('changes nothing when its lease, its event or its settlement is not that of a held delivery', async () => {
    const { observer, reportLost, delivery, events } = await openRunning({ autoAck: false });
    const { eventId, lease } = delivery;
    reportLost({ eventId, lease: Number(lease) + 1 });
    reportLost({ eventId });
    reportLost({ eventId: 'unknown', lease: Number(lease) });
    expect(delivery.signal.aborted).toBe(false);
    await events.ack(eventId);
    reportLost(delivery);
    expect(delivery.signal.aborted).toBe(false);
    expect(observer.of('lease-lost')).toEqual([]);
  });

  test('is forgotten by the settler, like a settled one', async () => {
    const { calls, ...backend } = bareBackend();
    const settler = new Settler(backend, ignore, (error) => Promise.reject(error));
    const [lost, settled] = ['lost', 'settled'].map((eventId) => {
      const times = { availableAt: 0, createdAt: 0, leaseExpiresAt: 0 };
      const message = { eventId, channel: 'orders', payload: 1, metadata: null, attempts: 1 };
      return new DeliveryHandle({ ...message, ...times, lease: 5 }, settler, 30_000);
    });
    settler.delivered.lose({ eventId: 'lost', lease: 5, channel: 'orders' });
    await settled?.delivery.ack();
    expect([lost?.isSettled, settled?.isSettled]).toEqual([true, true]);
    expect(settler.delivered.takeAll()).toEqual([]);
    expect(calls).toEqual([['ack', 'settled']]);
  });

  test('aborts a delivery of dequeue and of iterEvents', async () => {
    const { events, observer, reportLost } = openReporting();
    for (const payload of [1, 2]) await events.publish('orders', payload);
    const dequeued = await events.dequeue('orders');
    const { value: iterated } = await events.iterEvents('orders').next();
    for (const delivery of [dequeued, iterated]) {
      expect(delivery?.signal.aborted).toBe(false);
      reportLost(delivery ?? {});
      expect(delivery?.signal.aborted).toBe(true);
    }
    expect(observer.of('lease-lost').length).toBe(2);
  });

  test('is reported by the channel that holds it, and by no other channel over the same backend', async () => {
    const { backend, reportLost, delivery, observer } = await openRunning();
    const bystander = recordingObserver();
    new EventChannel({ backend, observer: bystander });
    reportLost(delivery);
    expect(bystander.events).toEqual([]);
    expect(observer.of('lease-lost').length).toBe(1);
  });
});

test('lease-lost: a backend without leases reports a loss by event id alone', async () => {
  let reportLost: (event: ObserverEvent) => void = () => {};
  const observe = (report: (event: ObserverEvent) => void) => {
    reportLost = report;
    return () => {};
  };
  const backend = { ...bareBackend(), capabilities: { observe: true } as const, observe };
  const observer = recordingObserver();
  const events = new EventChannel({ backend, observer, runtime: new ManualRuntime() });
  const eventId = await events.publish('orders', 1);
  let signal: AbortSignal | undefined;
  const listener = events.listen('orders', (delivery) => {
    signal = delivery.signal;
    return deferred().promise;
  });
  await new ManualRuntime().settle();
  reportLost({ type: 'lease-lost', channel: 'orders', eventId });
  expect(signal?.aborted).toBe(true);
  expect(observer.of('lease-lost')).toEqual([{ type: 'lease-lost', channel: 'orders', eventId }]);
  await listener.stop();
});

test('lease-lost: a report aborts a delivery of a synchronous channel', () => {
  const reports = new Set<(event: ObserverEvent) => void>();
  const store = memoryStore({ runtime: new ManualRuntime() });
  store.observe = (report) => {
    reports.add(report);
    return () => reports.delete(report);
  };
  const observer = recordingObserver();
  const events = new SyncEventChannel({ backend: syncMemoryBackend({ store }), observer });
  const eventId = events.publish('orders', 1);
  const delivery = events.dequeue('orders');
  for (const report of reports)
    report({ type: 'lease-lost', channel: 'orders', eventId, lease: delivery?.lease });
  expect(delivery?.signal.aborted).toBe(true);
  expect(observer.of('lease-lost').length).toBe(1);
});
