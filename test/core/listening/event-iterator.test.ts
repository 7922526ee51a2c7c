import { expect, test } from 'vitest';
import { EventChannel } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

test('iterEvents: a loop that breaks has claimed only the events that it received', async () => {
  const { events, other } = openChannel();
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  for await (const delivery of events.iterEvents('orders')) {
    await delivery.ack();
    if (delivery.payload === 2) break;
  }
  expect(await other.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});

test('iterEvents: before next() is called, nothing is claimed', async () => {
  const { events, runtime, store } = openChannel();
  await events.publish('orders', 1);
  events.iterEvents('orders');
  await runtime.settle();
  expect(store.calls.claim).toBe(0);
});

test('iterEvents: concurrent calls of next() are answered one after the other', async () => {
  const { events } = openChannel();
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  const iterator = events.iterEvents('orders');
  const answers = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
  expect(answers.map(({ value }) => value?.payload)).toEqual([1, 2, 3]);
});

test('iterEvents: return() ends a wait in progress, and ends the iterator', async () => {
  const { events, runtime, other } = openChannel({ pollIntervalMs: 3_600_000 });
  const iterator = events.iterEvents('orders');
  const waiting = iterator.next();
  await runtime.settle();
  expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(runtime.pendingTimers).toBe(0);
  await other.publish('orders', 1);
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(await other.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});

test('iterEvents: return() resolves only after the claim in progress has ended', async () => {
  const claimEnds = deferred();
  const { events, runtime } = openChannel({}, [
    { kind: 'delay', call: 'claim', nth: 1, until: claimEnds.promise },
  ]);
  const iterator = events.iterEvents('orders');
  const waiting = iterator.next();
  await runtime.settle();
  let isOver = false;
  const ending = iterator.return?.().then(() => {
    isOver = true;
  });
  await runtime.settle();
  expect(isOver).toBe(false);
  claimEnds.resolve();
  await Promise.all([waiting, ending]);
  expect(isOver).toBe(true);
});

test('iterEvents: after a dequeue failed, next() rejects, and a later next() claims again', async () => {
  const error = new Error('disk on fire');
  const { events } = openChannel({}, [{ kind: 'fail', call: 'claim', nth: 1, error }]);
  await events.publish('orders', 1);
  const iterator = events.iterEvents('orders');
  await expect(iterator.next()).rejects.toBe(error);
  expect((await iterator.next()).value?.payload).toBe(1);
});

test('iterEvents: with a signal that has already aborted it ends without a claim', async () => {
  const { events, store } = openChannel();
  await events.publish('orders', 1);
  const iterator = events.iterEvents('orders', { signal: AbortSignal.abort() });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(store.calls.claim).toBe(0);
});

/** A signal, and how many listeners it has. */
function countedSignal() {
  const ending = new AbortController();
  const { signal } = ending;
  const counted = { signal, listeners: 0, abort: () => ending.abort() };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    counted.listeners += 1;
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    counted.listeners -= 1;
    remove(...given);
  };
  return counted;
}

test('iterEvents: after return() it has no listener on its signal', async () => {
  const { events } = openChannel();
  const counted = countedSignal();
  const iterator = events.iterEvents('orders', { signal: counted.signal });
  expect(counted.listeners).toBe(1);
  await iterator.return?.();
  expect(counted.listeners).toBe(0);
});

test('iterEvents: after a for await loop failed, it has no listener on its signal', async () => {
  const faults = [1, 2, 3].map(
    (nth) => ({ kind: 'fail', call: 'claim', nth, error: 'x' }) as const,
  );
  const { events } = openChannel({}, faults);
  const counted = countedSignal();
  const loop = async () => {
    for await (const delivery of events.iterEvents('orders', { signal: counted.signal }))
      await delivery.ack();
  };
  for (const _ of faults) await expect(loop()).rejects.toBe('x');
  expect(counted.listeners).toBe(0);
});

test('iterEvents: a next() after a failed one listens to the signal again', async () => {
  const { events, runtime } = openChannel({ pollIntervalMs: 3_600_000 }, [
    { kind: 'fail', call: 'claim', nth: 1, error: 'x' },
  ]);
  const counted = countedSignal();
  const iterator = events.iterEvents('orders', { signal: counted.signal });
  await expect(iterator.next()).rejects.toBe('x');
  const waiting = iterator.next();
  await runtime.settle();
  expect(counted.listeners).toBe(1);
  counted.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(counted.listeners).toBe(0);
});

test('iterEvents: a signal that aborts after a failed next() ends the iterator', async () => {
  const { events, store } = openChannel({}, [{ kind: 'fail', call: 'claim', nth: 1, error: 'x' }]);
  const counted = countedSignal();
  const iterator = events.iterEvents('orders', { signal: counted.signal });
  await expect(iterator.next()).rejects.toBe('x');
  counted.abort();
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(store.calls.claim).toBe(1);
});

test('iterEvents: after a failed next() it leaves its channel, and the following next() joins it again', async () => {
  let joined = 0;
  let failing = true;
  const backend = Object.assign(bareBackend(), {
    capabilities: { join: true } as const,
    join: () => {
      joined += 1;
      return () => {
        joined -= 1;
      };
    },
  });
  const { dequeue } = backend;
  backend.dequeue = (...given) => (failing ? Promise.reject('x') : dequeue(...given));
  const events = new EventChannel({ backend, runtime: new ManualRuntime() });
  const iterator = events.iterEvents('orders');
  expect(joined).toBe(1);
  await expect(iterator.next()).rejects.toBe('x');
  expect(joined).toBe(0);
  failing = false;
  await events.publish('orders', 1);
  expect((await iterator.next()).value?.payload).toBe(1);
  expect(joined).toBe(1);
  await iterator.return?.();
  expect(joined).toBe(0);
});

test('iterEvents: over a backend that answers at once it waits for the poll interval between claims', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime, pollIntervalMs: 1_000 });
  const waiting = events.iterEvents('orders').next();
  await runtime.advance(10_000);
  expect(backend.calls.filter(([verb]) => verb === 'dequeue').length).toBe(11);
  await events.shutdown();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test('iterEvents: with a poll interval of zero it yields the thread between two claims', async () => {
  const { events, runtime, store } = openChannel({ pollIntervalMs: 0 });
  const waiting = events.iterEvents('orders').next();
  await runtime.settle();
  expect(store.calls.claim).toBe(1);
  await runtime.advance(5);
  expect(store.calls.claim).toBe(6);
  await events.shutdown();
  await waiting;
});
