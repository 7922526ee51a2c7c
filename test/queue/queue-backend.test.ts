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
  /** Another context over the same events, whose hints do not reach the first. */
  const other = new QueueBackend({ ...parts, store: memory, notifier: new LocalNotifier() });
  return { runtime, store, backend, other };
}

test('dequeue: a lost hint costs at most one poll interval', async () => {
  const { runtime, backend, other, store } = openQueue();
  const waiting = backend.dequeue('orders', 1_000);
  await runtime.advance(10);
  await other.publish('orders', 'one');
  await runtime.advance(989);
  expect(store.calls.claim).toBe(1);
  await runtime.advance(1);
  expect((await waiting)?.payload).toBe('one');
});

test('dequeue: subscribes before it looks, so that no event falls between', async () => {
  const lookEnds = deferred();
  const { runtime, backend, store } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: lookEnds.promise },
  ]);
  const waiting = backend.dequeue('orders', 60_000);
  await runtime.settle();
  const publishing = backend.publish('orders', 'meanwhile');
  lookEnds.resolve();
  await publishing;
  expect((await waiting)?.payload).toBe('meanwhile');
  expect(store.calls.claim).toBeLessThanOrEqual(2);
});

test('dequeue: a hint for nothing makes it look again, and go on waiting for the rest', async () => {
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

test('dequeue: a clock that is set back does not lengthen the wait beyond one poll interval', async () => {
  const { runtime, backend } = openQueue();
  const waiting = backend.dequeue('orders', 1_000);
  await runtime.advance(500);
  runtime.jumpTo(0);
  await runtime.advance(500 + 1_000);
  expect(await waiting).toBe(null);
});

test('dequeue: leaves no subscription, timer or signal listener behind, however it ends', async () => {
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

test('dequeue: what was claimed for a wait that has been aborted is given back uncounted', async () => {
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

test('dequeue: what was given back wakes another wait of the same backend', async () => {
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

test('publish: a failing store rejects with its error and tells nobody of an event', async () => {
  const { backend } = openQueue([{ kind: 'fail', call: 'append', nth: 1, error }]);
  await expect(backend.publish('orders', 1)).rejects.toBe(error);
  expect(await backend.dequeue('orders', 0)).toBe(null);
  await backend.publish('orders', 2);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(2);
});

test('settle: a call that failed leaves the lease known, so that a bare id can be tried again', async () => {
  const { backend } = openQueue([{ kind: 'fail', call: 'settle', nth: 1, error }]);
  const eventId = await backend.publish('orders', 1);
  await backend.dequeue('orders', 0);
  await expect(backend.ack(eventId)).rejects.toBe(error);
  expect(await backend.ack(eventId)).toBe('ok');
});

test('shutdown: waits for calls under way, and gives back what they claimed', async () => {
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

test('shutdown: closes notifier and store even where handing back fails, and says so', async () => {
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

test('shutdown: what it hands back wakes those who wait elsewhere', async () => {
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
  // The store's, for the lease of the event.
  expect(runtime.pendingTimers).toBe(1);
  expect((await waiting)?.attempts).toBe(2);
});

test('dequeue: once it has answered, hints no longer reach it', async () => {
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

test('shutdown: hands back what a late look claimed before it closes the store', async () => {
  const [lookEnds, returnEnds] = [deferred(), deferred()];
  const { runtime, backend, store, other } = openQueue([
    { kind: 'delay', call: 'claim', nth: 1, until: lookEnds.promise },
    { kind: 'delay', call: 'settle', nth: 1, until: returnEnds.promise },
  ]);
  await other.publish('orders', 1);
  const closing = vi.spyOn(store, 'close');
  const waiting = backend.dequeue('orders', 0);
  await runtime.settle();
  const shuttingDown = backend.shutdown();
  lookEnds.resolve();
  await runtime.settle();
  expect(closing).not.toHaveBeenCalled();
  returnEnds.resolve();
  await shuttingDown;
  expect(await waiting).toBe(null);
  expect(await other.dequeue('orders', 0)).toMatchObject({ attempts: 1 });
});
