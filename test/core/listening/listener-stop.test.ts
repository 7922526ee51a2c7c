// Covers src/core/listening/channel-listener.ts, src/core/listening/listener-set.ts

import { expect, test } from 'vitest';
import { CHECKED_EVERY_MS } from '../../../src/backends/memory/expiry-check.ts';
import { type AsyncEventBackend, type Delivery, EventChannel } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

/** A listener whose handler hangs on the first of two events. */
async function openHung() {
  const opened = openChannel();
  const { events, runtime } = opened;
  const handler = deferred();
  const deliveries: Delivery[] = [];
  const listener = events.listen('orders', (delivery) => {
    deliveries.push(delivery);
    return handler.promise;
  });
  for (const payload of [1, 2]) await events.publish('orders', payload);
  await runtime.settle();
  return { ...opened, handler, deliveries, listener };
}

test('stop: the running handler finishes, its event is acked, and nothing more is claimed', async () => {
  const { runtime, handler, deliveries, listener, other } = await openHung();
  let isStopped = false;
  const stopping = listener.stop().then(() => {
    isStopped = true;
  });
  await runtime.settle();
  expect([listener.status, isStopped]).toEqual(['stopping', false]);
  expect(deliveries[0]?.signal.aborted).toBe(false);
  handler.resolve();
  await stopping;
  await listener.closed;
  expect(listener.status).toBe('stopped');
  expect(deliveries.length).toBe(1);
  expect(await other.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});

test('stop: with free handler slots it still waits for the running handler', async () => {
  const { events, runtime } = openChannel();
  const handler = deferred();
  const listener = events.listen('orders', () => handler.promise, { concurrency: 3 });
  await events.publish('orders', 1);
  await runtime.settle();
  const stopping = listener.stop();
  await runtime.settle();
  expect(listener.status).toBe('stopping');
  handler.resolve();
  await stopping;
  expect(listener.status).toBe('stopped');
});

test('stop: while it waits for a handler, the lease of that handler is still extended', async () => {
  const { runtime, handler, listener, other } = await openHung();
  const stopping = listener.stop();
  await runtime.advance(120_000);
  expect((await other.dequeue('orders', 0))?.payload).toBe(2);
  expect(await other.dequeue('orders', 0)).toBe(null);
  handler.resolve();
  await stopping;
});

test('stop: release aborts the handler and releases its event at once', async () => {
  const { runtime, handler, deliveries, listener, other, observer } = await openHung();
  await listener.stop({ mode: 'release' });
  expect(deliveries[0]?.signal.aborted).toBe(true);
  const again = await other.dequeue('orders', 0);
  expect([again?.payload, again?.attempts]).toEqual([1, 2]);
  handler.resolve();
  await listener.closed;
  await runtime.settle();
  expect(await other.ack(again?.eventId ?? '')).toBe('ok');
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['nack']);
});

test('stop: after release, the error of a handler is reported and has no other effect', async () => {
  const { handler, listener, observer, runtime } = await openHung();
  await listener.stop({ mode: 'release' });
  handler.reject(new Error('aborted'));
  await listener.closed;
  await runtime.settle();
  expect(observer.of('handler-error').length).toBe(1);
  expect(observer.of('retry-scheduled')).toEqual([]);
  // This is the timer of the store. It finds no lease when it fires.
  expect(runtime.pendingTimers).toBe(1);
  await runtime.advance(CHECKED_EVERY_MS);
  expect(runtime.pendingTimers).toBe(0);
});

test('stop: while the listener waits for an event, it ends at once and leaves no timer', async () => {
  const { runtime, events } = openChannel();
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  expect(runtime.pendingTimers).toBe(1);
  await Promise.all([listener.stop(), listener.stop({ mode: 'release' })]);
  await listener.stop();
  expect([listener.status, runtime.pendingTimers]).toEqual(['stopped', 0]);
});

test('stop: while the listener pauses after a failing dequeue, it ends at once', async () => {
  const error = new Error('disk on fire');
  const { runtime, events } = openChannel({ backoffBaseMs: 1_000_000 }, [
    { kind: 'fail', call: 'claim', nth: 1, error },
  ]);
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  await listener.stop();
  expect([listener.status, runtime.pendingTimers]).toEqual(['stopped', 0]);
});

for (const mode of ['finish', 'release'] as const)
  test(`stop: ${mode} releases unhandled the events of a dequeue that answers later`, async () => {
    const answer = deferred();
    const bare = bareBackend();
    const dequeue: AsyncEventBackend['dequeue'] = async (...given) => {
      await answer.promise;
      return bare.dequeue(...given);
    };
    const runtime = new ManualRuntime();
    const events = new EventChannel({ backend: { ...bare, dequeue }, runtime });
    await events.publish('orders', 1);
    const handled: unknown[] = [];
    const listener = events.listen('orders', ({ payload }) => handled.push(payload));
    await runtime.settle();
    const stopping = listener.stop({ mode });
    answer.resolve();
    await stopping;
    await listener.closed;
    expect(handled).toEqual([]);
    expect((await bare.dequeue('orders', 0))?.payload).toBe(1);
  });

test('stop: an unknown mode is refused, naming option, expectation and value', async () => {
  const { events } = openChannel();
  const listener = events.listen('orders', () => {});
  const refusal = new TypeError("mode must be 'finish' or 'release', got \"later\"");
  await expect(listener.stop({ mode: 'later' as never })).rejects.toThrow(refusal);
  expect(listener.status).toBe('running');
  await expect(events.stopListener('orders', { mode: 'later' as never })).rejects.toThrow(refusal);
  await expect(events.shutdown({ mode: 'later' as never })).rejects.toThrow(refusal);
  await events.shutdown();
});

test('stopListener: every listener of the channel stops, and no other', async () => {
  const { events } = openChannel();
  const [one, two] = [events.listen('orders', () => {}), events.listen('orders', () => {})];
  const other = events.listen('invoices', () => {});
  await events.stopListener('orders');
  expect([one, two, other].map(({ status }) => status)).toEqual(['stopped', 'stopped', 'running']);
});

test('signal: when it aborts, the listener stops as with stop()', async () => {
  const { events, runtime } = openChannel();
  const ending = new AbortController();
  const handler = deferred();
  const listener = events.listen('orders', () => handler.promise, { signal: ending.signal });
  await events.publish('orders', 1);
  await runtime.settle();
  ending.abort();
  await runtime.settle();
  expect(listener.status).toBe('stopping');
  handler.resolve();
  await listener.closed;
  expect(await events.stats('orders')).toMatchObject({ ready: 0, leased: 0 });
});

test('signal: with a signal that has already aborted, the listener claims nothing', async () => {
  const { events, observer } = openChannel();
  await events.publish('orders', 1);
  const listener = events.listen('orders', () => {}, { signal: AbortSignal.abort() });
  await listener.closed;
  expect(observer.of('claimed')).toEqual([]);
  expect(await events.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});

test('shutdown: running handlers finish, and may still settle and publish', async () => {
  const { events, runtime, other } = openChannel();
  const handler = deferred();
  events.listen('orders', async (delivery) => {
    await handler.promise;
    await events.publish('invoices', delivery.payload);
    await delivery.ack();
  });
  await events.publish('orders', 1);
  await runtime.settle();
  const closing = events.shutdown();
  await runtime.settle();
  handler.resolve();
  await closing;
  expect((await other.dequeue('invoices', 0))?.payload).toBe(1);
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0 });
});

test('shutdown: with release it does not wait for a handler that hangs', async () => {
  const { events, other, deliveries } = await openHung();
  await events.shutdown({ mode: 'release' });
  expect(deliveries[0]?.signal.aborted).toBe(true);
  expect((await other.dequeue('orders', 0))?.payload).toBe(1);
});

test('shutdown: with release no timer is left for a handler that hangs', async () => {
  const { events, other, runtime } = await openHung();
  await runtime.settle();
  await events.shutdown({ mode: 'release' });
  await other.shutdown();
  await runtime.settle();
  expect(runtime.pendingTimers).toBe(0);
});

test('stop, drain: they do not wait for a handler that has lost its lease', async () => {
  const { events, runtime, listener, other, handler } = await openHung();
  await runtime.advance(600_000);
  expect((await other.dequeue('orders', 0))?.attempts).toBe(2);
  await events.drain();
  await listener.stop();
  expect(listener.status).toBe('stopped');
  handler.resolve();
  await events.shutdown();
});

test('release: a handler that rejects with the reason of its signal is not reported as failed', async () => {
  const { events, runtime, observer } = openChannel();
  const listener = events.listen('orders', ({ signal }) => {
    const obeyed = deferred();
    signal.addEventListener('abort', () => obeyed.reject(signal.reason));
    return obeyed.promise;
  });
  await events.publish('orders', 1);
  await runtime.settle();
  await listener.stop({ mode: 'release' });
  await runtime.settle();
  expect(observer.of('handler-error')).toEqual([]);
  expect(await events.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});
