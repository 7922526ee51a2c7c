// Covers src/outbox/on-settled.ts, src/outbox/record-settled.ts, src/outbox/settled-event.ts
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  memoryStore,
  QuotaError,
  RejectError,
} from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import {
  batchSender,
  createOutbox,
  onSettled,
  recordSettled,
  type Sender,
  type SettledEvent,
} from '../../src/outbox.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { changed } from '../forward/open-forward.ts';

const quiet = () => undefined;

/** Refuses even numbers. */
const send: Sender<number> = ({ payload }) =>
  payload % 2 === 0 ? { result: 'reject', reason: `422 ${payload}` } : undefined;

function openMemory() {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const open = () =>
    new EventChannel<{ orders: number }>({ backend: memoryBackend({ store }), observer: quiet });
  return { runtime, store, open };
}

/** Registers handlers that note what they receive. */
function note(events: EventChannel<{ orders: number }>) {
  const seen: SettledEvent[] = [];
  const handler = (by: string) => (event: SettledEvent) =>
    void seen.push({ ...event, metadata: { by } });
  const listener = onSettled(events, 'orders', {
    commit: handler('commit'),
    rollback: handler('rollback'),
  });
  return { seen, listener };
}

test('what was settled while no page was open is delivered once, after a reload, by the name of the channel', async () => {
  const database = `settled-${Math.random()}`;
  const open = () =>
    new EventChannel<{ orders: number }>({
      backend: indexedDbBackend({ database }),
      observer: quiet,
    });
  const worker = open();
  const [one, two] = await worker.publishMany(
    [1, 2].map((payload) => ({ channel: 'orders', payload })),
  );
  const outbox = createOutbox({
    events: worker,
    channel: 'orders',
    send: recordSettled(worker, send),
  });
  await outbox.whenIdle();
  await worker.shutdown();
  const page = open();
  const first = note(page);
  await expect.poll(() => first.seen.length).toBe(2);
  await page.shutdown();
  expect(first.seen.toSorted((a, b) => Number(a.payload) - Number(b.payload))).toEqual([
    { eventId: one, payload: 1, result: 'done', note: null, metadata: { by: 'commit' } },
    { eventId: two, payload: 2, result: 'rejected', note: '422 2', metadata: { by: 'rollback' } },
  ]);
  const reloaded = open();
  const second = note(reloaded);
  await reloaded.dequeueMany('orders', 1, { pollIntervalMs: 100 });
  await second.listener.stop();
  expect(second.seen).toEqual([]);
  await reloaded.shutdown();
});

test('a crash between the outcome and the acknowledgement: sent again, and one outcome', async () => {
  const { runtime, store, open } = openMemory();
  const never = () => new Promise<never>(() => undefined);
  let claims = 0;
  const memory = memoryBackend({ store });
  const dying = changed(memory, {
    ack: never,
    extend: never,
    dequeueMany: (...given: readonly never[]) => {
      claims += 1;
      const call = memory.dequeueMany as (...terms: readonly unknown[]) => unknown;
      return claims === 1 ? call.apply(memory, [...given]) : never();
    },
  });
  const crashed = new EventChannel<{ orders: number }>({ backend: dying, observer: quiet });
  createOutbox({ events: crashed, channel: 'orders', send: recordSettled(crashed, send) });
  await crashed.publish('orders', 1);
  await runtime.settle();
  const events = open();
  let sent = 0;
  const counting: Sender<number> = () => {
    sent += 1;
  };
  createOutbox({ events, channel: 'orders', send: recordSettled(events, counting) });
  const { seen } = note(events);
  await runtime.advance(60_000);
  expect([sent, seen.length]).toEqual([1, 1]);
  await events.shutdown({ mode: 'release' });
});

test('a dead letter that no sender has refused is rolled back: at once in its context, and at the next start', async () => {
  const { runtime, open } = openMemory();
  const events = open();
  const failing: Sender<number> = () => ({ result: 'retry', afterMs: 1 });
  const options = { channel: 'orders', maxAttempts: 2 } as const;
  createOutbox({ events, send: recordSettled(events, failing), ...options });
  const { seen, listener } = note(events);
  await events.publish('orders', 1);
  await runtime.advance(1_000);
  expect(seen).toMatchObject([{ payload: 1, result: 'attempts-exhausted' }]);
  await listener.stop();
  await events.publish('orders', 2, null, { ttlMs: 1, delayMs: 5 });
  await runtime.advance(5_000);
  await events.shutdown();
  const reloaded = open();
  const again = note(reloaded);
  await runtime.advance(1_000);
  expect(again.seen).toMatchObject([{ payload: 2, result: 'expired' }]);
  await reloaded.shutdown();
});

test('an event that was rolled back, redriven and sent is committed', async () => {
  const { runtime, open } = openMemory();
  const events = open();
  let isKnown = false;
  const strict: Sender<number> = () =>
    isKnown ? undefined : { result: 'reject', reason: '404 no such article' };
  createOutbox({ events, channel: 'orders', send: recordSettled(events, strict) });
  const { seen } = note(events);
  await events.publish('orders', 1, null, { id: 'x'.repeat(200) });
  await runtime.advance(1_000);
  isKnown = true;
  await events.redrive('orders');
  await runtime.advance(1_000);
  expect(seen.map(({ result }) => result)).toEqual(['rejected', 'done']);
  await events.shutdown();
});

test('a function that throws is called again', async () => {
  const { runtime, open } = openMemory();
  const events = open();
  createOutbox({ events, channel: 'orders', send: recordSettled(events, send) });
  let calls = 0;
  const commit = () => {
    calls += 1;
    if (calls === 1) throw new Error('the page is not ready');
  };
  onSettled(events, 'orders', { commit }, { backoffBaseMs: 10 });
  await events.publish('orders', 1);
  await runtime.advance(1_000);
  expect(calls).toBe(2);
  await events.shutdown();
});

test('an outcome that cannot be stored holds back the outbox, and uses up no attempt', async () => {
  const { runtime, store } = openMemory();
  const memory = memoryBackend({ store });
  let isFull = false;
  const full = changed(memory, {
    publishMany: (...given: readonly never[]) => {
      if (isFull) return Promise.reject(new QuotaError('full'));
      const call = memory.publishMany as (...terms: readonly unknown[]) => unknown;
      return call.apply(memory, [...given]);
    },
  });
  const events = new EventChannel<{ orders: number }>({ backend: full, observer: quiet });
  const attempts: number[] = [];
  const counting: Sender<number> = (delivery) => {
    attempts.push(delivery.attempts);
  };
  const outbox = createOutbox({ events, channel: 'orders', send: recordSettled(events, counting) });
  await events.publish('orders', 1);
  isFull = true;
  await runtime.advance(5_000);
  expect(outbox.watch().getSnapshot().lastError?.message).toBe('full');
  isFull = false;
  const { seen } = note(events);
  await runtime.advance(600_000);
  expect(new Set(attempts)).toEqual(new Set([1]));
  expect(seen.length).toBe(1);
  await events.shutdown();
});

test('a thrown RejectError, and the outcomes of a batch, are recorded, too', async () => {
  const { runtime, open } = openMemory();
  const events = open();
  const batch = batchSender<number>(
    (deliveries) =>
      deliveries.map(({ payload }) =>
        payload === 2 ? { result: 'reject', reason: 'no' } : undefined,
      ),
    { size: 10 },
  );
  const outbox = createOutbox({ events, channel: 'orders', send: recordSettled(events, batch) });
  const { seen } = note(events);
  await events.publishMany([1, 2, 3].map((payload) => ({ channel: 'orders', payload })));
  await runtime.advance(1_000);
  expect(seen.map(({ result }) => result).toSorted()).toEqual(['done', 'done', 'rejected']);
  await outbox.stop();
  const throwing: Sender<number> = () => {
    throw new RejectError('never');
  };
  createOutbox({ events, channel: 'orders', send: recordSettled(events, throwing) });
  await events.publish('orders', 4);
  await runtime.advance(1_000);
  expect(seen.at(-1)).toMatchObject({ payload: 4, result: 'rejected', note: 'never' });
  await events.shutdown();
});

test('arguments are refused by name', () => {
  const { open } = openMemory();
  const events = open();
  expect(() => recordSettled({} as never, send)).toThrow('events must be an EventChannel');
  expect(() => recordSettled(events, {} as never)).toThrow(
    'send must be a function or a batch sender',
  );
  expect(() => onSettled({} as never, 'orders' as never, {})).toThrow(
    'events must be an EventChannel',
  );
  expect(() => onSettled(events, 'orders', { commit: 5 as never })).toThrow(
    'commit must be a function',
  );
  expect(() => onSettled(events, 'orders', undefined as never)).toThrow(
    'handlers must be an object',
  );
});
