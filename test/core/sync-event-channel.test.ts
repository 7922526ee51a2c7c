// Covers src/core/listening/sync-drain.ts, src/core/sync-receiver.ts
import { describe, expect, test } from 'vitest';
import {
  memoryBackend,
  memoryStore,
  RejectError,
  RetryError,
  SyncEventChannel,
  type SyncEventChannelOptions,
  syncMemoryBackend,
} from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

type Options = Omit<SyncEventChannelOptions<Record<string, unknown>>, 'backend' | 'observer'>;

function openSync(options: Options = {}) {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const observer = recordingObserver();
  const events = new SyncEventChannel({
    backend: syncMemoryBackend({ store }),
    observer,
    ...options,
  });
  return { runtime, store, observer, events };
}

const manual = { autoDrain: false };

describe('SyncEventChannel: invalid options are refused, naming option, expectation and value', () => {
  const backend = syncMemoryBackend();
  const bad: readonly (readonly [options: unknown, message: string])[] = [
    [undefined, 'options must be an object with backend, got undefined'],
    [{}, 'backend must be a synchronous backend, such as syncMemoryBackend(), got undefined'],
    [{ backend, autoDrain: 1 }, 'autoDrain must be true or false, got 1'],
    [{ backend, runtime: 5 }, 'runtime must be a Runtime, got 5'],
    [{ backend, concurency: 1 }, 'there is no option "concurency"'],
  ];
  for (const [options, message] of bad)
    test(message, () => {
      expect(() => new SyncEventChannel(options as never)).toThrow(new TypeError(message));
    });
});

test('publish, dequeue and the settling verbs return their results', () => {
  const { events } = openSync();
  const eventId = events.publish('orders', { total: 9 }, { trace: 'a' });
  const delivery = events.dequeue('orders', { pollIntervalMs: 3_600_000 });
  expect(delivery).toMatchObject({ eventId, payload: { total: 9 }, metadata: { trace: 'a' } });
  expect(delivery?.extend(5_000)).toBe('ok');
  expect(delivery?.nack()).toBe('ok');
  expect(events.ack(eventId)).toBe('gone');
  const again = events.dequeue('orders');
  expect(again?.attempts).toBe(2);
  expect(delivery?.ack()).toBe('stale');
  expect(events.reject(eventId, { reason: 'no' })).toBe('ok');
  expect(events.deadLetters('orders')).toMatchObject([{ eventId, note: 'no' }]);
  expect(events.dequeue('orders')).toBe(null);
});

test('publishMany, dequeueMany, iterEvents: the order is kept', () => {
  const { events } = openSync();
  const drafts = [1, 2, 3, 4].map((payload) => ({ channel: 'orders', payload }));
  expect(events.publishMany(drafts).length).toBe(4);
  expect(events.publishMany([])).toEqual([]);
  expect(events.dequeueMany('orders', 2).map(({ payload }) => payload)).toEqual([1, 2]);
  const seen: unknown[] = [];
  for (const delivery of events.iterEvents('orders')) seen.push([delivery.payload, delivery.ack()]);
  expect(seen).toEqual([
    [3, 'ok'],
    [4, 'ok'],
  ]);
  expect(events.stats('orders')).toEqual({ ready: 0, leased: 2, scheduled: 0, dead: 0 });
});

test('iterEvents: a loop that breaks has claimed only the events that it received', () => {
  const { events } = openSync();
  for (const payload of [1, 2]) events.publish('orders', payload);
  for (const delivery of events.iterEvents('orders')) {
    delivery.ack();
    break;
  }
  expect(events.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
});

test('drain: it handles all due events, alternating between listeners, and counts them', () => {
  const { events } = openSync(manual);
  const seen: string[] = [];
  events.listen('orders', ({ payload }) => seen.push(`order ${payload}`));
  events.listen('invoices', ({ payload }) => seen.push(`invoice ${payload}`));
  for (const payload of [1, 2]) events.publish('orders', payload);
  events.publish('invoices', 3);
  events.publish('later', 4, null, { delayMs: 1_000 });
  expect(seen).toEqual([]);
  expect(events.drain()).toBe(3);
  expect(seen).toEqual(['order 1', 'invoice 3', 'order 2']);
  expect(events.drain()).toBe(0);
  expect(events.stats('orders')).toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
});

test('drain: when a handler publishes to its own channel and drains, there is no recursion', () => {
  const { events } = openSync(manual);
  let depth = 0;
  let deepest = 0;
  const seen: number[] = [];
  events.listen('orders', ({ payload }) => {
    depth += 1;
    deepest = Math.max(deepest, depth);
    seen.push(Number(payload));
    if (Number(payload) < 50) events.publish('orders', Number(payload) + 1);
    expect(events.drain()).toBe(0);
    depth -= 1;
  });
  events.publish('orders', 1);
  expect(events.drain()).toBe(50);
  expect([deepest, seen.at(-1)]).toEqual([1, 50]);
});

test('autoDrain: after a publish the listeners run in a microtask, not within the publish', async () => {
  const { events } = openSync();
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  events.publish('orders', 1);
  events.publishMany([{ channel: 'orders', payload: 2 }]);
  expect(seen).toEqual([]);
  await Promise.resolve();
  expect(seen).toEqual([1, 2]);
});

test('autoDrain: a listener handles events that were published before it, and nacked events', async () => {
  const { events, runtime } = openSync();
  events.publish('orders', 1);
  const seen: number[] = [];
  events.listen('orders', (delivery) => {
    seen.push(delivery.attempts);
    if (delivery.attempts === 1) delivery.nack();
  });
  await runtime.settle();
  expect(seen).toEqual([1, 2]);
});

test('autoDrain: with false only drain() handles events', async () => {
  const { events, runtime } = openSync(manual);
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  events.publish('orders', 1);
  await runtime.settle();
  expect(seen).toEqual([]);
});

test('autoDrain: a handler that always publishes does not block the thread', async () => {
  const { events, runtime } = openSync();
  let handled = 0;
  events.listen('orders', () => {
    handled += 1;
    if (handled < 2_500) events.publish('orders', handled);
  });
  events.publish('orders', 0);
  await Promise.resolve();
  expect(handled).toBe(1_000);
  await runtime.advance(0);
  expect(handled).toBe(2_500);
});

test('listen: an error means back-off, RetryError means its delay, RejectError means a dead letter', async () => {
  const { events, observer, runtime } = openSync({ ...manual, backoffBaseMs: 1_000 });
  events.listen('orders', ({ payload, attempts }) => {
    if (payload === 'reject') throw new RejectError('no');
    if (payload === 'retry' && attempts === 1) throw new RetryError(5_000);
    if (payload === 'throw' && attempts === 1) throw new Error('once');
  });
  for (const payload of ['reject', 'retry', 'throw']) events.publish('orders', payload);
  expect(events.drain()).toBe(3);
  const [retry, thrown] = observer.of('retry-scheduled');
  expect(retry?.delayMs).toBe(5_000);
  expect(thrown?.delayMs).toBeLessThanOrEqual(1_000);
  expect(events.stats('orders')).toEqual({ ready: 0, leased: 0, scheduled: 2, dead: 1 });
  await runtime.advance(5_000);
  expect(events.drain()).toBe(2);
  expect(observer.of('handler-error').length).toBe(3);
});

test('listen: with autoAck false only the handler settles', () => {
  const { events } = openSync(manual);
  events.listen('orders', () => {}, { autoAck: false });
  events.publish('orders', 1);
  expect(events.drain()).toBe(1);
  expect(events.stats('orders')).toMatchObject({ leased: 1 });
});

test('listen: after a handler returned a promise, its event is acked and a rejection is reported', async () => {
  const { events, observer, runtime } = openSync(manual);
  events.listen('orders', async () => {
    throw new Error('too late');
  });
  events.publish('orders', 1);
  events.drain();
  await runtime.settle();
  expect(events.stats('orders')).toMatchObject({ leased: 0, ready: 0 });
  expect(observer.of('handler-error').map(({ error }) => error)).toEqual([new Error('too late')]);
});

test('stop, stopListener: afterwards the listener claims nothing', () => {
  const { events } = openSync(manual);
  const seen: unknown[] = [];
  const first = events.listen('orders', ({ payload }) => seen.push(payload));
  const second = events.listen('orders', ({ payload }) => seen.push(payload));
  const other = events.listen('invoices', () => {});
  first.stop();
  expect([first, second].map(({ status }) => status)).toEqual(['stopped', 'running']);
  events.publish('orders', 1);
  expect(events.drain()).toBe(1);
  events.stopListener('orders');
  events.publish('orders', 2);
  expect(events.drain()).toBe(0);
  expect([second.status, other.status, seen]).toEqual(['stopped', 'running', [1]]);
});

test('shutdown: it is idempotent, releases leases, cancels a planned drain, and later calls are refused', async () => {
  const { events, store, runtime } = openSync();
  const seen: unknown[] = [];
  events.publish('held', 1);
  const delivery = events.dequeue('held');
  events.listen('orders', ({ payload }) => seen.push(payload));
  events.publish('orders', 1);
  events.shutdown();
  events.shutdown();
  events[Symbol.dispose]();
  await runtime.settle();
  expect(seen).toEqual([]);
  const uses = [
    () => events.publish('orders', 1),
    () => events.publishMany([]),
    () => events.dequeue('orders'),
    () => events.dequeueMany('orders', 1),
    () => events.iterEvents('orders').next(),
    () => events.listen('orders', () => {}),
    () => events.ack('id'),
    () => events.nack('id'),
    () => events.reject('id'),
    () => events.extend('id', 1),
    () => events.stats('orders'),
    () => events.deadLetters('orders'),
    () => events.drain(),
    () => delivery?.ack(),
  ];
  for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: 'closed' }));
  expect((await memoryBackend({ store }).dequeue('held', 0))?.attempts).toBe(2);
});
