// Covers src/schema/with-schemas.ts, src/schema/async-methods.ts, src/schema/admit-draft.ts,
// src/schema/check-payload.ts, src/schema/channel-rules.ts
import { SchemaError, withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  type EventChannelOptions,
  memoryBackend,
} from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { count, lateOrder, order, schemaOf } from '../support/schemas.ts';

function open() {
  const runtime = new ManualRuntime();
  const inner = memoryBackend({ runtime }) as Required<AsyncEventBackend>;
  const schemas = { orders: order, late: lateOrder, counts: count };
  const events = new EventChannel({ backend: withSchemas(inner, schemas) });
  return { runtime, inner, events };
}

const wrong = (value: unknown) => value as never;

test('publish: refuses what does not fit, with the issues, and stores nothing', async () => {
  const { events, inner } = open();
  for (const channel of ['orders', 'late'] as const) {
    const error = await events.publish(channel, wrong({ total: 'nine' })).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SchemaError);
    const message = `the payload for ${channel} does not fit its schema: payload.total: expected a number`;
    const issues = [{ message: 'expected a number', path: ['total'] }];
    expect(error).toMatchObject({
      code: 'invalid',
      channel,
      path: 'payload.total',
      message,
      issues,
    });
    expect(await inner.stats(channel)).toMatchObject({ ready: 0 });
  }
});

test('publishMany: one payload that does not fit refuses the batch', async () => {
  const { events, inner } = open();
  const drafts = [
    { channel: 'orders', payload: { total: 9 } },
    { channel: 'late', payload: wrong({}) },
    { channel: 'counts', payload: '5' },
  ] as const;
  await expect(events.publishMany(drafts)).rejects.toMatchObject({
    code: 'invalid',
    channel: 'late',
  });
  for (const { channel } of drafts) expect(await inner.stats(channel)).toMatchObject({ ready: 0 });
  const [first, , third] = drafts;
  expect((await events.publishMany([first, third])).length).toBe(2);
});

test('publish: stores the output of the schema, once', async () => {
  const { events } = open();
  await events.publish('counts', '25');
  await events.publish('orders', wrong({ total: 9, extra: true }));
  await events.publish('late', { total: 1 });
  expect((await events.dequeue('counts'))?.payload).toBe(25);
  expect((await events.dequeue('orders'))?.payload).toEqual({ total: 9 });
  expect((await events.dequeue('late'))?.payload).toEqual({ total: 1 });
});

test('publish: payload and metadata are copied during the call, over an asynchronous schema too', async () => {
  const { events } = open();
  for (const channel of ['orders', 'late'] as const) {
    const payload = { total: 1 };
    const metadata: Record<string, unknown> = { trace: 'a' };
    const published = events.publish(channel, payload, metadata);
    payload.total = 2;
    metadata['trace'] = 'b';
    await published;
    const delivery = await events.dequeue(channel);
    expect([delivery?.payload, delivery?.metadata]).toEqual([{ total: 1 }, { trace: 'a' }]);
  }
});

test('publish: the order of the calls is kept by a schema that answers at once', async () => {
  const { events } = open();
  const published = [1, 2, 3].map((total) => events.publish('orders', { total }));
  await Promise.all(published);
  const seen = await events.dequeueMany('orders', 3);
  expect(seen.map(({ payload }) => payload.total)).toEqual([1, 2, 3]);
});

test('publish: a payload that cannot be cloned, and metadata of options, are refused as without schemas', async () => {
  const { events } = open();
  await expect(events.publish('orders', wrong({ total: () => 1 }))).rejects.toMatchObject({
    code: 'not-cloneable',
    path: 'payload.total',
  });
  await expect(events.publish('orders', { total: 1 }, { delayMs: 5 })).rejects.toThrow(TypeError);
  await expect(events.publish('orders', { total: 1 }, wrong(5))).rejects.toThrow(TypeError);
});

test('publish: the error of a schema that throws or rejects reaches the caller, and nothing is stored', async () => {
  const fault = new Error('no database');
  const inner = memoryBackend() as Required<AsyncEventBackend>;
  const schemas = {
    sync: schemaOf<number>(() => {
      throw fault;
    }),
    late: schemaOf<number>(() => Promise.reject(fault)),
  };
  const events = new EventChannel({ backend: withSchemas(inner, schemas) });
  for (const channel of ['sync', 'late'] as const) {
    await expect(events.publish(channel, 1)).rejects.toBe(fault);
    await expect(events.publishMany([{ channel, payload: 1 }])).rejects.toBe(fault);
    expect(await inner.stats(channel)).toMatchObject({ ready: 0 });
  }
  await events.shutdown();
});

test('publish: options reach the backend, and a channel without a schema is not checked', async () => {
  const inner = memoryBackend() as Required<AsyncEventBackend>;
  const backend: AsyncEventBackend = withSchemas(inner, { orders: order });
  const events = new EventChannel({ backend });
  await events.publish('orders', { total: 1 }, null, { delayMs: 60_000 });
  await events.publish('other', Symbol.iterator.description);
  expect(await inner.stats('orders')).toMatchObject({ ready: 0, scheduled: 1 });
  expect(await inner.stats('other')).toMatchObject({ ready: 1 });
  await expect(
    events.publish('orders', { total: 1 }, null, { maxEventBytes: 1 }),
  ).rejects.toMatchObject({ code: 'too-large' });
  await events.shutdown();
});

test('version: is stored in the metadata, beside that of the caller', async () => {
  const backend = withSchemas(memoryBackend(), { orders: { schema: order, version: 3 } });
  const events = new EventChannel({ backend });
  await events.publish('orders', { total: 1 });
  await events.publish('orders', { total: 2 }, { trace: 'a' });
  const seen = await events.dequeueMany('orders', 2);
  expect(seen.map(({ metadata }) => metadata)).toEqual([
    { schemaVersion: 3 },
    { trace: 'a', schemaVersion: 3 },
  ]);
  await events.shutdown();
});

test('withSchemas: a backend of the five verbs has those five, and its payloads are checked', async () => {
  const inner = bareBackend();
  const backend = withSchemas(inner, { orders: order });
  expect([backend.backendName, backend.supportsAsync, 'publishMany' in backend]).toEqual([
    'bare',
    true,
    false,
  ]);
  const events = new EventChannel({ backend });
  await expect(events.publish('orders', wrong({}))).rejects.toMatchObject({ code: 'invalid' });
  await events.publish('orders', { total: 4 });
  expect((await events.dequeue('orders'))?.payload).toEqual({ total: 4 });
  await events.shutdown();
  expect(inner.calls.map(([verb]) => verb)).toEqual(['publish', 'dequeue', 'shutdown']);
});

test('withSchemas: methods of the backend beyond the protocol stay, and a frozen backend can be given', async () => {
  const inner = Object.freeze({ ...bareBackend(), size: () => 5 });
  const backend = withSchemas(inner, { orders: order });
  const { size } = backend;
  expect([size(), backend.size === size, backend.calls]).toEqual([5, true, []]);
  await backend.publish('orders', { total: 1 });
  expect((await backend.dequeue('orders', 0))?.payload).toEqual({ total: 1 });
});

test('withSchemas: refuses options out of range, by name', () => {
  const given =
    (schemas: unknown, backend: unknown = memoryBackend()) =>
    () =>
      withSchemas(backend as EventChannelOptions<object>['backend'], schemas as never);
  const standard = "a Standard Schema (an object with '~standard')";
  const migrate = () => 1;
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, 'schemas must be an object, got undefined'],
    [{ orders: 5 }, 'the schema of orders must be an object, got 5'],
    [{ orders: {} }, `the schema of orders must be ${standard}, got an object`],
    [
      { orders: { schema: { '~standard': 5 } } },
      `the schema of orders must be ${standard}, got an object`,
    ],
    [
      { orders: { schema: order, validate: 'never' } },
      "validate must be 'publish' or 'delivery', got \"never\"",
    ],
    [{ orders: { schema: order, version: 0 } }, 'version must be a whole number from 1, got 0'],
    [{ orders: { schema: order, migrate: 5 } }, 'migrate must be a function, got 5'],
    [
      { orders: { schema: order, migrate } },
      "migrate of orders needs a version, and validate: 'delivery'",
    ],
    [{ orders: { schema: order, migration: 1 } }, 'there is no option "migration"'],
    [
      { 'no name': order },
      'channel must match /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/, got "no name"',
    ],
  ];
  for (const [schemas, message] of cases)
    expect(given(schemas), message).toThrow(new TypeError(message));
  expect(given({ orders: order }, {})).toThrow(
    new TypeError('backend must be an event backend, got an object'),
  );
  const atDelivery = { orders: { schema: order, validate: 'delivery' } };
  expect(given(atDelivery, bareBackend())).toThrow(
    expect.objectContaining({ code: 'unsupported' }) as Error,
  );
});
