// Covers src/core/listening/channel-listener.ts, src/core/listening/listener.ts
import { expect, test } from 'vitest';
import { AcklineError, EventChannel, type Listener } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

/** So long that a listener claims again within a test only if it is woken. */
const SETTINGS = { pollIntervalMs: 3_600_000 };

function stateOf({ status, pauseReason }: Listener) {
  return [status, pauseReason];
}

/** A listener whose first handler runs until `handler` is resolved. Two events are due. */
async function openHung() {
  const opened = openChannel(SETTINGS);
  const { events, runtime } = opened;
  const handler = deferred();
  const seen: unknown[] = [];
  const listener = events.listen('orders', ({ payload }) => {
    seen.push(payload);
    return handler.promise;
  });
  for (const payload of [1, 2]) await events.publish('orders', payload);
  await runtime.settle();
  return { ...opened, handler, seen, listener };
}

test('pause: the running handler finishes, no other starts, and resume claims at once', async () => {
  const { runtime, handler, seen, listener, other } = await openHung();
  expect(stateOf(listener)).toEqual(['running', undefined]);
  listener.pause('signed out');
  expect(stateOf(listener)).toEqual(['paused', 'signed out']);
  handler.resolve();
  await runtime.settle();
  expect(seen).toEqual([1]);
  expect(await other.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
  listener.resume();
  expect(stateOf(listener)).toEqual(['running', undefined]);
  await runtime.settle();
  expect(seen).toEqual([1, 2]);
  await listener.stop();
});

test('pause: a listener that waits claims nothing of what is published meanwhile, and sets no timer', async () => {
  const { events, runtime, other } = openChannel(SETTINGS);
  const seen: unknown[] = [];
  const listener = events.listen('orders', ({ payload }) => seen.push(payload));
  await runtime.settle();
  listener.pause();
  await events.publish('orders', 1);
  await runtime.settle();
  expect([...stateOf(listener), seen.length]).toEqual(['paused', 'paused', 0]);
  expect(runtime.pendingTimers).toBe(0);
  expect((await other.dequeue('orders', 0))?.payload).toBe(1);
  await events.publish('orders', 2);
  listener.resume();
  await runtime.settle();
  expect(seen).toEqual([2]);
  await listener.stop();
});

test('pause: in a handler, the other events of the same claim are released, and their attempt does not count', async () => {
  const { events, runtime } = openChannel(SETTINGS);
  const seen: unknown[] = [];
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  const listener = events.listen(
    'orders',
    ({ payload, attempts }) => {
      seen.push([payload, attempts]);
      if (payload === 1) listener.pause('one is enough');
    },
    { concurrency: 3 },
  );
  await runtime.settle();
  expect(seen).toEqual([[1, 1]]);
  expect(await events.stats('orders')).toMatchObject({ ready: 2, leased: 0 });
  listener.resume();
  await runtime.settle();
  expect(seen).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  await listener.stop();
});

test('pause: a later reason replaces the first, and a resume ends both', async () => {
  const { events, runtime } = openChannel(SETTINGS);
  const listener = events.listen('orders', () => {});
  listener.pause('offline');
  listener.pause('signed out');
  expect(stateOf(listener)).toEqual(['paused', 'signed out']);
  listener.resume();
  listener.resume();
  expect(stateOf(listener)).toEqual(['running', undefined]);
  await runtime.settle();
  await listener.stop();
});

test('pause: a claim that the backend answers too late is released', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const answer = deferred();
  const { dequeue } = backend;
  backend.dequeue = async (...given) => {
    await answer.promise;
    return dequeue(...given);
  };
  const events = new EventChannel({ backend, runtime });
  await events.publish('orders', 1);
  const seen: unknown[] = [];
  const listener = events.listen('orders', ({ payload }) => seen.push(payload));
  await runtime.settle();
  listener.pause();
  answer.resolve();
  await runtime.settle();
  expect([seen, backend.calls.map(([verb]) => verb)]).toEqual([[], ['publish', 'dequeue', 'nack']]);
  listener.resume();
  await runtime.settle();
  expect(seen).toEqual([1]);
  await listener.stop();
});

test('pause: a rest after a failure of the backend ends neither the pause nor early', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  let calls = 0;
  backend.dequeue = () => {
    calls += 1;
    return Promise.reject(new AcklineError('storage', 'disk on fire'));
  };
  const events = new EventChannel({ backend, runtime, observer: () => {}, backoffBaseMs: 0 });
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  expect(calls).toBe(1);
  listener.pause();
  await runtime.advance(60_000);
  expect(calls).toBe(1);
  listener.resume();
  await runtime.settle();
  expect(calls).toBe(2);
  listener.pause();
  listener.resume();
  await runtime.settle();
  expect(calls).toBe(2);
  await runtime.advance(10);
  expect(calls).toBe(3);
  await listener.stop();
});

test('drain: of a paused listener waits for its running handler, and not for events that are due', async () => {
  const { runtime, events, handler, seen, listener } = await openHung();
  listener.pause();
  let handledCount = -1;
  const draining = events.drain().then((count) => {
    handledCount = count;
  });
  await runtime.settle();
  expect(handledCount).toBe(-1);
  handler.resolve();
  await draining;
  expect([handledCount, seen]).toEqual([1, [1]]);
  expect(await events.drain()).toBe(0);
  listener.resume();
  expect(await events.drain()).toBe(1);
});

test('drain: one that waits resolves when its listener is paused', async () => {
  const { events, handler, seen, listener } = await openHung();
  const draining = events.drain();
  listener.pause();
  handler.resolve();
  expect([await draining, seen]).toEqual([1, [1]]);
  await listener.stop();
});

test('stop: ends a paused listener, and a resume or a pause after it changes nothing', async () => {
  const { runtime, events, handler, seen, listener, other } = await openHung();
  listener.pause('signed out');
  const stopping = listener.stop();
  expect(stateOf(listener)).toEqual(['stopping', 'signed out']);
  listener.resume();
  listener.pause('again');
  expect(stateOf(listener)).toEqual(['stopping', undefined]);
  handler.resolve();
  await stopping;
  listener.resume();
  listener.pause('again');
  await runtime.settle();
  expect([stateOf(listener), seen]).toEqual([['stopped', undefined], [1]]);
  expect(await other.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
  await events.shutdown();
});

test('shutdown: with mode release ends a paused listener, and its running event is due again', async () => {
  const { events, handler, listener, other } = await openHung();
  listener.pause();
  await events.shutdown({ mode: 'release' });
  expect(listener.status).toBe('stopped');
  expect(await other.stats('orders')).toMatchObject({ ready: 2, leased: 0 });
  handler.resolve();
});

test('resume: a listener whose backend was shut down during the pause closes with the reason', async () => {
  const { events, backend, runtime, observer } = openChannel(SETTINGS);
  const listener = events.listen('orders', () => {});
  listener.pause();
  await runtime.settle();
  await backend.shutdown();
  expect(listener.status).toBe('paused');
  listener.resume();
  await listener.closed;
  expect(listener.closeReason).toMatchObject({ code: 'closed' });
  expect(observer.of('listener-closed').length).toBe(1);
});

test('pause: a reason that is not a string is refused', async () => {
  const { events } = openChannel(SETTINGS);
  const listener = events.listen('orders', () => {});
  const pause = listener.pause.bind(listener) as (reason: unknown) => void;
  expect(() => pause(5)).toThrow(new TypeError('reason must be a string, got 5'));
  expect(listener.status).toBe('running');
  await listener.stop();
});

test('listen: leases no event ahead of its handlers, so that an idle competitor receives the next one', async () => {
  const { events, runtime, other } = openChannel(SETTINGS);
  const handler = deferred();
  const listener = events.listen('orders', () => handler.promise, { concurrency: 2 });
  for (const payload of [1, 2, 3, 4]) await events.publish('orders', payload);
  await runtime.settle();
  // Two handlers run, and nothing is leased ahead: an idle competitor receives the next event with its first claim.
  expect(await other.stats('orders')).toMatchObject({ ready: 2, leased: 2 });
  expect((await other.dequeue('orders', 0))?.payload).toBe(3);
  handler.resolve();
  await listener.stop();
});
