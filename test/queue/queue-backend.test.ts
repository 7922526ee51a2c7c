// Covers src/queue/claim-waiter.ts, src/queue/draft-events.ts
import { expect, test, vi } from 'vitest';
import { AcklineError, memoryStore } from '../../src/index.ts';
import type { EventStore } from '../../src/queue/event-store.ts';
import { LocalNotifier, type Notifier } from '../../src/queue/notifier.ts';
import { QueueBackend } from '../../src/queue/queue-backend.ts';
import { type Fault, faultyStore } from '../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';

const error = new AcklineError('storage', 'disk on fire');

function openQueue(faults: readonly Fault[] = [], notifier: Notifier = new LocalNotifier()) {
  const runtime = new ManualRuntime();
  const memory = memoryStore({ runtime });
  const store = faultyStore(memory, faults);
  const parts = { backendName: 'queue', notifier, runtime };
  const backend = new QueueBackend({ ...parts, store });
  /** Another context over the same events. Its hints do not reach the first context. */
  const other = new QueueBackend({ ...parts, store: memory, notifier: new LocalNotifier() });
  return { runtime, store, backend, other };
}

test('dequeue: when a hint is lost, the event is delivered after at most one poll interval', async () => {
  const { runtime, backend, other, store } = openQueue();
  const waiting = backend.dequeue('orders', 1_000);
  await runtime.advance(10);
  await other.publish('orders', 'one');
  await runtime.advance(989);
  expect(store.calls.claim).toBe(1);
  await runtime.advance(1);
  expect((await waiting)?.payload).toBe('one');
});

test('dequeue: an event that is published during the first claim is delivered', async () => {
  const claimEnds = deferred();
  const { runtime, backend, store } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
  ]);
  const waiting = backend.dequeue('orders', 60_000);
  await runtime.settle();
  const publishing = backend.publish('orders', 'meanwhile');
  claimEnds.resolve();
  await publishing;
  expect((await waiting)?.payload).toBe('meanwhile');
  expect(store.calls.claim).toBeLessThanOrEqual(2);
});

test('dequeue: after a hint without an event it claims again and waits for the rest of its interval', async () => {
  const notifier = new LocalNotifier();
  const { runtime, backend, store } = openQueue([], notifier);
  const waiting = backend.dequeue('orders', 1_000);
  await runtime.advance(600);
  notifier.notify(['orders']);
  await runtime.advance(399);
  expect(store.calls.claim).toBe(2);
  await runtime.advance(1);
  expect(await waiting).toBe(null);
});

test('dequeue: when the clock is set back, it still waits for one poll interval at most', async () => {
  const { runtime, backend } = openQueue();
  const waiting = backend.dequeue('orders', 1_000);
  await runtime.advance(500);
  runtime.jumpTo(0);
  await runtime.advance(500 + 1_000);
  expect(await waiting).toBe(null);
});

test('dequeue: after a success, a timeout, an abort or a failure it leaves no subscription, timer or signal listener', async () => {
  const { runtime, backend } = openQueue([{ kind: 'fail', call: 'claim', nth: 4, error }]);
  const ending = new AbortController();
  const aborted = backend.dequeue('orders', 1_000, { signal: ending.signal });
  const refused = expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  await runtime.settle();
  ending.abort();
  await refused;
  const timedOut = backend.dequeue('orders', 1_000);
  await runtime.advance(1_000);
  expect(await timedOut).toBe(null);
  await expect(backend.dequeue('orders', 1_000)).rejects.toBe(error);
  expect(runtime.pendingTimers).toBe(0);
});

test('dequeue: an event that was claimed for an aborted wait is released uncounted', async () => {
  const claimEnds = deferred();
  const { runtime, backend, other } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
  ]);
  await other.publish('orders', 'one');
  const ending = new AbortController();
  const waiting = backend.dequeue('orders', 1_000, { signal: ending.signal });
  const refused = expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await runtime.settle();
  ending.abort(new DOMException('enough', 'AbortError'));
  claimEnds.resolve();
  await refused;
  expect((await other.dequeue('orders', 0))?.attempts).toBe(1);
});

test('dequeue: a released event wakes another wait of the same backend', async () => {
  const claimEnds = deferred();
  const { runtime, backend, other } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
  ]);
  await other.publish('orders', 'one');
  const ending = new AbortController();
  const given = backend.dequeue('orders', 60_000, { signal: ending.signal }).catch(() => null);
  await runtime.settle();
  ending.abort();
  claimEnds.resolve();
  const waiting = backend.dequeue('orders', 60_000);
  expect(await given).toBe(null);
  expect((await waiting)?.payload).toBe('one');
});

test('publish: when the store fails, it rejects with that error and stores no event', async () => {
  const { backend } = openQueue([{ kind: 'fail', call: 'append', nth: 1, error }]);
  await expect(backend.publish('orders', 1)).rejects.toBe(error);
  expect(await backend.dequeue('orders', 0)).toBe(null);
  await backend.publish('orders', 2);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(2);
});

test('settle: after a failed call, a second call with the id alone still finds the lease', async () => {
  const { backend } = openQueue([{ kind: 'fail', call: 'settle', nth: 1, error }]);
  const eventId = await backend.publish('orders', 1);
  await backend.dequeue('orders', 0);
  await expect(backend.ack(eventId)).rejects.toBe(error);
  expect(await backend.ack(eventId)).toBe('ok');
});

test('shutdown: it waits for calls in progress, and releases the events that they claimed', async () => {
  const claimEnds = deferred();
  const { runtime, backend, other } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
  ]);
  await other.publish('orders', 'one');
  const waiting = backend.dequeue('orders', 60_000);
  await runtime.settle();
  let isOver = false;
  const closing = backend.shutdown().then(() => {
    isOver = true;
  });
  await runtime.settle();
  expect(isOver).toBe(false);
  claimEnds.resolve();
  await closing;
  expect(await waiting).toBe(null);
  expect((await other.dequeue('orders', 0))?.attempts).toBe(1);
});

test('shutdown: when a release fails, it rejects with the error, and notifier and store are closed', async () => {
  const closed: string[] = [];
  const runtime = new ManualRuntime();
  const memory = memoryStore({ runtime });
  const faulty = faultyStore(memory, [{ kind: 'fail', call: 'settle', nth: 1, error }]);
  const store: EventStore = { ...faulty, close: () => void closed.push('store') };
  const local = new LocalNotifier();
  const notifier: Notifier = {
    notify: (channels) => local.notify(channels),
    subscribe: (channel, wake) => local.subscribe(channel, wake),
    close: () => void closed.push('notifier'),
  };
  const backend = new QueueBackend({ backendName: 'queue', store, notifier, runtime });
  await backend.publish('orders', 1);
  await backend.dequeue('orders', 0);
  await expect(backend.shutdown()).rejects.toBe(error);
  expect(closed).toEqual(['notifier', 'store']);
});

test('shutdown: the released events wake waits of other contexts', async () => {
  const notifier = new LocalNotifier();
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const parts = { backendName: 'queue', store, notifier, runtime };
  const [leaving, staying] = [new QueueBackend(parts), new QueueBackend(parts)];
  await leaving.publish('orders', 'one');
  await leaving.dequeue('orders', 0);
  const waiting = staying.dequeue('orders', 60_000);
  await runtime.settle();
  await leaving.shutdown();
  await runtime.settle();
  // This is the timer of the store for the lease.
  expect(runtime.pendingTimers).toBe(1);
  expect((await waiting)?.attempts).toBe(2);
});

test('dequeue: after it has answered, it has no subscription', async () => {
  const local = new LocalNotifier();
  let subscriberCount = 0;
  const counting: Notifier = {
    notify: (channels) => local.notify(channels),
    subscribe: (channel, wake) => {
      subscriberCount += 1;
      const subscription = local.subscribe(channel, wake);
      return {
        stop: () => {
          subscriberCount -= 1;
          subscription.stop();
        },
      };
    },
    close: () => local.close(),
  };
  const { runtime, backend } = openQueue([], counting);
  const waiting = backend.dequeue('orders', 1_000);
  expect(subscriberCount).toBe(1);
  await runtime.advance(1_000);
  expect(await waiting).toBe(null);
  const ending = new AbortController();
  const aborted = backend.dequeue('orders', 1_000, { signal: ending.signal });
  ending.abort();
  await expect(aborted).rejects.toBe(ending.signal.reason);
  expect(subscriberCount).toBe(0);
});

test('shutdown: the events of a late claim are released before the store is closed', async () => {
  const [claimEnds, releaseEnds] = [deferred(), deferred()];
  const { runtime, backend, store, other } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
    { kind: 'delay', call: 'settle', nth: 1, until: releaseEnds.promise },
  ]);
  await other.publish('orders', 1);
  const closing = vi.spyOn(store, 'close');
  const waiting = backend.dequeue('orders', 0);
  await runtime.settle();
  const shuttingDown = backend.shutdown();
  claimEnds.resolve();
  await runtime.settle();
  expect(closing).not.toHaveBeenCalled();
  releaseEnds.resolve();
  await shuttingDown;
  expect(await waiting).toBe(null);
  expect(await other.dequeue('orders', 0)).toMatchObject({ attempts: 1 });
});
