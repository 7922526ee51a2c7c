// Covers src/schema/present-payload.ts, src/schema/async-methods.ts, src/schema/named-letter.ts,
// src/schema/schema-error.ts
import { type ChannelSchema, SchemaError, withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import { EventChannel, memoryBackend, memoryStore, RejectError } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';
import { broken, count, lateOrder, type Order, order } from '../support/schemas.ts';

type Migrate = NonNullable<ChannelSchema['migrate']>;

/** A channel that checks at delivery, and an older application over the same storage that checks nothing. */
function open(given: Partial<ChannelSchema<typeof order>> = {}) {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const old = new EventChannel({ backend: memoryBackend({ store }), observer: () => {} });
  const schema = { schema: order, validate: 'delivery', ...given } as const;
  const backend = withSchemas(memoryBackend({ store }), { orders: schema });
  const observer = recordingObserver();
  const events = new EventChannel({ backend, observer, pollIntervalMs: 3_600_000 });
  const seen: Order[] = [];
  const listen = () => events.listen('orders', ({ payload }) => seen.push(payload));
  return { runtime, old, backend, events, observer, seen, listen };
}

test('delivery: what does not fit is a dead letter with the reason invalid, and the others are handled', async () => {
  const { runtime, old, events, observer, seen, listen } = open();
  for (const payload of [{ total: 1 }, 'an old form', { total: 3 }])
    await old.publish('orders', payload);
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 1 }, { total: 3 }]);
  const letters = await events.deadLetters('orders');
  const note = 'the payload for orders does not fit its schema: payload.total: expected a number';
  expect(
    letters.map(({ payload, reason, note: why, lastError }) => [
      payload,
      reason,
      why,
      lastError?.name,
    ]),
  ).toEqual([['an old form', 'invalid', note, 'SchemaError']]);
  expect(observer.of('dead-lettered').map(({ reason }) => reason)).toEqual(['invalid']);
  // Without the schemas the store's own reason is read.
  expect((await old.deadLetters('orders')).map(({ reason }) => reason)).toEqual(['rejected']);
  await events.shutdown();
});

test('delivery: dequeue, dequeueMany and a loop return only what fits, and wait for it', async () => {
  const { runtime, old, events } = open();
  await old.publish('orders', 'old');
  const waiting = events.dequeue('orders', { pollIntervalMs: 5_000 });
  await runtime.advance(3_000);
  await old.publish('orders', 'old too');
  await runtime.advance(1_000);
  await old.publish('orders', { total: 1 });
  expect((await waiting)?.payload).toEqual({ total: 1 });
  await old.publish('orders', 'old');
  const none = events.dequeueMany('orders', 5, { pollIntervalMs: 5_000 });
  await runtime.advance(5_000);
  expect(await none).toEqual([]);
  const loop = events.iterEvents('orders');
  await old.publish('orders', 'old');
  await old.publish('orders', { total: 2 });
  expect((await loop.next()).value?.payload).toEqual({ total: 2 });
  await events.shutdown();
});

test('delivery: a handler receives the output of the schema', async () => {
  const { runtime, old, events, seen, listen } = open();
  await old.publish('orders', { total: 9, extra: true });
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 9 }]);
  await events.shutdown();
});

test('delivery: an asynchronous schema is awaited', async () => {
  const { runtime, old, events, seen, listen } = open({ schema: lateOrder });
  await old.publish('orders', 'old');
  await events.publish('orders', { total: 1 });
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 1 }]);
  expect((await events.deadLetters('orders')).length).toBe(1);
  await events.shutdown();
});

test('delivery: a schema that does not accept its own output refuses at publish', async () => {
  const schema = { schema: count, validate: 'delivery' } as const;
  const events = new EventChannel({ backend: withSchemas(memoryBackend(), { counts: schema }) });
  const error = await events.publish('counts', '5').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SchemaError);
  expect((error as SchemaError).message).toBe(
    'the output of the schema for counts does not fit its schema: payload: expected a text',
  );
  await events.shutdown();
});

test('migrate: brings older events into the present form, and leaves those of the present version', async () => {
  const calls: unknown[] = [];
  const migrate: Migrate = (payload, version) => {
    calls.push([payload, version]);
    return { total: Number(payload) };
  };
  const { runtime, old, events, seen, listen } = open({ version: 2, migrate });
  await old.publish('orders', '5');
  await old.publish('orders', '6', { schemaVersion: 1 });
  await events.publish('orders', { total: 7 });
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 5 }, { total: 6 }, { total: 7 }]);
  expect(calls).toEqual([
    ['5', 0],
    ['6', 1],
  ]);
  await events.shutdown();
});

test('migrate: a result that does not fit is invalid, and a promise is awaited', async () => {
  const migrate: Migrate = async (payload) => (payload === 'good' ? { total: 1 } : payload);
  const { runtime, old, events, seen, listen } = open({ version: 2, migrate });
  await old.publish('orders', 'bad');
  await old.publish('orders', 'good');
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 1 }]);
  expect((await events.deadLetters('orders')).map(({ reason }) => reason)).toEqual(['invalid']);
  await events.shutdown();
});

test('migrate: one that throws is retried after a back-off, is reported, and ends in a dead letter', async () => {
  const fault = new Error('not yet');
  let calls = 0;
  const migrate: Migrate = () => {
    calls += 1;
    throw fault;
  };
  const { runtime, old, events, observer, seen, listen } = open({ version: 2, migrate });
  await old.publish('orders', 1);
  const listener = listen();
  await runtime.settle();
  expect([calls, seen]).toEqual([1, []]);
  expect(observer.of('fault')).toEqual([
    { type: 'fault', during: 'dequeue', channel: 'orders', error: fault },
  ]);
  await runtime.advance(3 * 3_600_000);
  expect(calls).toBe(25);
  const [letter] = await events.deadLetters('orders');
  expect([letter?.reason, letter?.lastError?.message]).toEqual(['attempts-exhausted', 'not yet']);
  await listener.stop();
});

test('migrate: a RejectError makes a dead letter at once', async () => {
  const migrate: Migrate = () => {
    throw new RejectError('of no use any more');
  };
  const { runtime, old, events, listen } = open({ version: 2, migrate });
  await old.publish('orders', 1);
  listen();
  await runtime.settle();
  const [letter] = await events.deadLetters('orders');
  expect([letter?.reason, letter?.note]).toEqual(['rejected', 'of no use any more']);
  await events.shutdown();
});

test('delivery: a schema that throws delays the event, and a later one that works handles it', async () => {
  let isBroken = true;
  const schema = {
    '~standard': {
      ...order['~standard'],
      validate: (value: unknown) => (isBroken ? broken : order)['~standard'].validate(value),
    },
  };
  const { runtime, old, events, seen, listen } = open({ schema });
  await old.publish('orders', { total: 1 });
  listen();
  await runtime.settle();
  expect(seen).toEqual([]);
  isBroken = false;
  await runtime.advance(2_000);
  expect(seen).toEqual([{ total: 1 }]);
  await events.shutdown();
});

test('delivery: an event of a newer version that does not fit waits for a newer application', async () => {
  const { runtime, old, events, seen, listen } = open({ version: 2 });
  await old.publish('orders', { sum: 5 }, { schemaVersion: 3 });
  await old.publish('orders', { total: 6 }, { schemaVersion: 3 });
  listen();
  await runtime.settle();
  expect(seen).toEqual([{ total: 6 }]);
  await runtime.advance(3_600_000);
  expect(await events.deadLetters('orders')).toEqual([]);
  await events.shutdown();
  await runtime.advance(30_000);
  const later = await old.dequeue('orders', { pollIntervalMs: 0 });
  expect([later?.payload, later?.attempts]).toEqual([{ sum: 5 }, 1]);
});

test('delivery: a settlement that fails is reported, and the lease expires', async () => {
  const runtime = new ManualRuntime();
  const fault = new Error('disk on fire');
  const store = memoryStore({ runtime });
  const inner = Object.assign(memoryBackend({ store }), { reject: () => Promise.reject(fault) });
  const schema = { schema: order, validate: 'delivery' } as const;
  const observer = recordingObserver();
  const events = new EventChannel({ backend: withSchemas(inner, { orders: schema }), observer });
  await inner.publish('orders', 'old');
  expect(await events.dequeue('orders', { pollIntervalMs: 0 })).toBe(null);
  expect(observer.of('fault').map(({ during, error }) => [during, error])).toEqual([
    ['settle', fault],
  ]);
  await events.shutdown();
});
