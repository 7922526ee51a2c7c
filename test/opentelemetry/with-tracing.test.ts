// Covers src/opentelemetry/*.ts
import { EventChannel, memoryBackend } from 'ackline';
import { withTracing } from 'ackline/opentelemetry';
import { expect } from 'vitest';
import { idOf, shown, spanId, test } from './open-telemetry.ts';

const COMMON = { 'messaging.system.name': 'ackline', 'messaging.destination.name': 'orders' };

test('withTracing: a publish has a producer span, whose context the metadata of the event carry', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  const id = await events.publish('orders', { total: 'secret' }, { source: 'web' });
  const delivery = await events.dequeue('orders');
  const publish = sdk.span('publish orders');
  expect(shown(publish)).toEqual({
    name: 'publish orders',
    kind: 'PRODUCER',
    attributes: {
      ...COMMON,
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.message.id': id,
    },
    links: [],
  });
  const { traceId } = publish.spanContext();
  expect(delivery?.metadata).toEqual({
    source: 'web',
    traceparent: `00-${traceId}-${spanId(publish)}-01`,
  });
  await events.shutdown();
});

test('withTracing: a dequeue has a client span with a link, if it returns an event', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  expect(await events.dequeue('orders', { pollIntervalMs: 0 })).toBeNull();
  const id = await events.publish('orders', 1);
  await events.dequeue('orders');
  await events.publishMany([
    { channel: 'orders', payload: 2 },
    { channel: 'orders', payload: 3 },
  ]);
  await events.dequeueMany('orders', 5);
  const create = sdk.spans().filter(({ name }) => name === 'create orders');
  expect(shown(sdk.span('dequeue orders'))).toEqual({
    name: 'dequeue orders',
    kind: 'CLIENT',
    attributes: {
      ...COMMON,
      'messaging.operation.name': 'dequeue',
      'messaging.operation.type': 'receive',
      'messaging.message.id': id,
    },
    links: [spanId(sdk.span('publish orders'))],
  });
  expect(shown(sdk.span('dequeueMany orders'))).toMatchObject({
    attributes: { 'messaging.batch.message_count': 2 },
    links: create.map(spanId),
  });
  await events.shutdown();
});

test('withTracing: a receive span lasts from the call to the event', async ({ sdk, open }) => {
  const { events } = open();
  const iterator = events.iterEvents('orders');
  const next = iterator.next();
  await events.publish('orders', 1);
  await next;
  await iterator.return?.();
  expect(sdk.span('iterEvents orders').links.map(idOf)).toEqual([
    spanId(sdk.span('publish orders')),
  ]);
  await events.publish('orders', 2);
  for await (const delivery of events.iterEvents('orders')) {
    await delivery.ack();
    break;
  }
  await events.shutdown();
});

test('withTracing: a publish that fails has the code of its error', async ({ sdk, open }) => {
  const { events, backend } = open();
  await expect(backend.publish('orders', () => undefined)).rejects.toThrow();
  expect(shown(sdk.span('publish orders'))).toMatchObject({
    attributes: { 'error.type': 'not-cloneable' },
    status: { code: 'ERROR' },
  });
  await events.shutdown();
  await expect(events.publish('orders', 1)).rejects.toMatchObject({ code: 'closed' });
});

test('withTracing: a batch has a create span for each event, unless createSpans is false', async ({
  sdk,
  open,
}) => {
  const drafts = [
    { channel: 'orders', payload: 1 },
    { channel: 'mails', payload: 2, metadata: { source: 'web' } },
  ];
  const { events } = open();
  await events.publishMany(drafts);
  const created = ['create orders', 'create mails'].map((name) => spanId(sdk.span(name)));
  expect(shown(sdk.span('publishMany'))).toEqual({
    name: 'publishMany',
    kind: 'CLIENT',
    attributes: {
      'messaging.system.name': 'ackline',
      'messaging.operation.name': 'publishMany',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': 2,
    },
    links: created,
  });
  const mail = await events.dequeue('mails');
  expect(mail?.metadata).toEqual({
    source: 'web',
    traceparent: expect.stringContaining(created[1]!),
  });
  await events.shutdown();

  const other = open({ createSpans: false }).events;
  await other.publishMany(drafts.map((draft) => ({ ...draft, channel: 'notes' })));
  const batch = sdk.span('publishMany notes');
  expect(shown(batch)).toMatchObject({ kind: 'PRODUCER', links: [] });
  const note = await other.dequeue('notes');
  expect(note?.metadata).toEqual({ traceparent: expect.stringContaining(spanId(batch)) });
  await other.shutdown();
});

test('withTracing: metadata with a trace context keep it, and the span links to it', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await events.publish('orders', 1, { traceparent, tracestate: 'shop=1' });
  await events.publishMany([{ channel: 'mails', payload: 1, metadata: { traceparent } }]);
  expect((await events.dequeue('orders'))?.metadata).toEqual({ traceparent, tracestate: 'shop=1' });
  expect((await events.dequeue('mails'))?.metadata).toEqual({ traceparent });
  for (const name of ['publish orders', 'publishMany mails', 'dequeue orders'])
    expect(shown(sdk.span(name))).toMatchObject({ kind: 'CLIENT', links: ['b7ad6b7169203331'] });
  await events.shutdown();
});

test('withTracing: no span has a payload, metadata or a key', async ({ sdk, open }) => {
  const { events } = open();
  const secret = 'iban-4711';
  await events.publish('orders', { secret }, { secret }, { key: secret });
  await events.publishMany([
    { channel: 'orders', payload: secret },
    { channel: 'orders', payload: secret },
  ]);
  events.listen('orders', ({ payload }) =>
    payload === secret ? undefined : Promise.reject(new Error('no')),
  );
  await events.drain();
  expect(sdk.spans().length).toBeGreaterThan(8);
  expect(JSON.stringify([sdk.shown(), [...(await sdk.points())]])).not.toContain(secret);
  await events.shutdown();
});

test('withTracing: without an SDK nothing is written, and everything works', async ({
  sdk,
  runtime,
}) => {
  const backend = withTracing(memoryBackend({ runtime }));
  const events = withTracing(new EventChannel<{ orders: number }>({ backend }));
  await events.publish('orders', 1);
  await events.publishMany([
    { channel: 'orders', payload: 2 },
    { channel: 'orders', payload: 3 },
  ]);
  const seen: unknown[] = [];
  events.listen('orders', ({ payload, metadata }) => seen.push([payload, metadata]));
  await events.drain();
  expect(seen).toEqual([
    [1, null],
    [2, null],
    [3, null],
  ]);
  expect(sdk.spans()).toEqual([]);
  await events.shutdown();
});

test('withTracing: refuses wrong arguments by name', ({ runtime }) => {
  const wrong = (value: unknown) => value as never;
  const backend = memoryBackend({ runtime });
  expect(() => withTracing(wrong({}))).toThrow(
    'the first argument must be an event backend or an event channel, got an object',
  );
  expect(() => withTracing(wrong(null))).toThrow('the first argument');
  expect(() => withTracing(backend, { tracer: wrong({}) })).toThrow('tracer must be a Tracer');
  expect(() => withTracing(backend, { meter: wrong(1) })).toThrow('meter must be a Meter, got 1');
  expect(() => withTracing(backend, { continueTrace: wrong('yes') })).toThrow(
    'continueTrace must be true or false, got "yes"',
  );
  expect(() => withTracing(backend, { createSpans: wrong(0) })).toThrow('createSpans must be');
  expect(() => withTracing(backend, wrong(5))).toThrow('options must be');
});
