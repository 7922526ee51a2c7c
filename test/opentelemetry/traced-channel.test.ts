// Covers src/opentelemetry/traced-channel.ts, src/opentelemetry/trace-context.ts, src/opentelemetry/run-in-span.ts
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { RejectError, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { atRate, inBatches } from 'ackline/flow';
import { createGroup } from 'ackline/groups';
import { stats } from 'ackline/inspection';
import { contextOf, withTracing } from 'ackline/opentelemetry';
import { expect } from 'vitest';
import { idOf, parentId, shown, spanId, test } from './open-telemetry.ts';

const COMMON = { 'messaging.system.name': 'ackline', 'messaging.destination.name': 'orders' };

test('withTracing: a handler runs in a consumer span of its own trace, with a link to the publisher', async ({
  sdk,
  runtime,
  open,
}) => {
  const { events } = open();
  const id = await events.publish('orders', 1);
  let active: string | undefined;
  await context.with(trace.setSpan(ROOT_CONTEXT, sdk.tracer.startSpan('request')), async () => {
    events.listen('orders', async (delivery) => {
      await runtime.randomId();
      active = trace.getSpanContext(context.active())?.spanId;
      sdk.tracer.startSpan('child').end();
      expect(trace.getSpanContext(contextOf(delivery))?.spanId).toBe(active);
    });
  });
  await events.drain();
  const process = sdk.span('process orders');
  expect(shown(process)).toEqual({
    name: 'process orders',
    kind: 'CONSUMER',
    attributes: {
      ...COMMON,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': id,
      'ackline.message.delivery_count': 1,
    },
    links: [spanId(sdk.span('publish orders'))],
  });
  expect(active).toBe(spanId(process));
  expect(parentId(sdk.span('child'))).toBe(active);
  expect(parentId(process)).toBeUndefined();
  expect(process.spanContext().traceId).not.toBe(sdk.span('publish orders').spanContext().traceId);
  await events.shutdown();
});

test('withTracing: continueTrace makes the handler a child of the publisher', async ({
  sdk,
  open,
}) => {
  const { events } = open({ continueTrace: true });
  await events.publish('orders', 1);
  events.listen('orders', () => undefined);
  await events.drain();
  const publish = sdk.span('publish orders');
  const process = sdk.span('process orders');
  expect(parentId(process)).toBe(spanId(publish));
  expect(process.spanContext().traceId).toBe(publish.spanContext().traceId);
  expect(process.links.map(idOf)).toEqual([spanId(publish)]);
  await events.shutdown();
});

test('withTracing: a settlement is a child of the process span, by the listener and by the handler', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  events.listen('orders', () => undefined);
  events.listen('mails', (delivery) => delivery.reject('no address'));
  const id = await events.publish('orders', 1);
  await events.publish('mails', 1);
  await events.drain();
  const ack = sdk.span('ack orders');
  expect(shown(ack)).toEqual({
    name: 'ack orders',
    kind: 'CLIENT',
    attributes: {
      ...COMMON,
      'messaging.operation.name': 'ack',
      'messaging.operation.type': 'settle',
      'messaging.message.id': id,
      'ackline.settlement': 'ok',
    },
    links: [spanId(sdk.span('publish orders'))],
  });
  expect(parentId(ack)).toBe(spanId(sdk.span('process orders')));
  expect(parentId(sdk.span('reject mails'))).toBe(spanId(sdk.span('process mails')));
  await events.shutdown();
});

test('withTracing: a settlement within a span of the handler is a child of that span', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  await events.publish('orders', 1);
  const save = sdk.tracer.startSpan('save');
  events.listen('orders', (delivery) =>
    context.with(trace.setSpan(context.active(), save), () => delivery.ack()),
  );
  await events.drain();
  expect(parentId(sdk.span('ack orders'))).toBe(save.spanContext().spanId);
  await events.shutdown();
});

test('withTracing: a handler that throws fails its span, and the nack and the second attempt are seen', async ({
  sdk,
  runtime,
  open,
}) => {
  const { events } = open();
  await events.publish('orders', 1);
  const errors = [new RangeError('too far'), new RejectError('never')];
  events.listen('orders', () => {
    throw errors.shift();
  });
  await events.drain();
  await runtime.advance(1_000);
  await events.drain();
  const [first, second] = sdk.spans().filter(({ name }) => name === 'process orders');
  expect(shown(first!)).toMatchObject({
    attributes: { 'error.type': 'RangeError', 'ackline.message.delivery_count': 1 },
    status: { code: 'ERROR', message: 'too far' },
  });
  expect(shown(second!)).toMatchObject({
    attributes: { 'error.type': 'RejectError', 'ackline.message.delivery_count': 2 },
  });
  expect(parentId(sdk.span('nack orders'))).toBe(spanId(first!));
  expect(parentId(sdk.span('reject orders'))).toBe(spanId(second!));
  await events.shutdown();
});

test('withTracing: each delivery of a batch and of a rate has its process span', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  const ids = await events.publishMany([1, 2].map((payload) => ({ channel: 'orders', payload })));
  const seen: (string | undefined)[] = [];
  const handler = inBatches(
    (deliveries) => {
      for (const one of deliveries) seen.push(trace.getSpanContext(contextOf(one))?.spanId);
    },
    { size: 2 },
  );
  events.listen('orders', atRate(handler, { limit: 10, perMs: 1_000 }));
  await events.drain();
  const processed = sdk.spans().filter(({ name }) => name === 'process orders');
  expect(processed.map(({ attributes }) => attributes['messaging.message.id'])).toEqual(ids);
  expect(seen).toEqual(processed.map(spanId));
  await events.shutdown();
});

test('withTracing: a synchronous channel runs its handler in a process span within its drain', ({
  sdk,
  runtime,
}) => {
  const { tracer, meter } = sdk;
  const backend = withTracing(syncMemoryBackend({ runtime }), { tracer, meter });
  const channel = new SyncEventChannel<{ orders: number }>({ backend, autoDrain: false });
  const events = withTracing(channel, { tracer, meter });
  events.publish('orders', 1);
  let active: string | undefined;
  events.listen('orders', () => {
    active = trace.getSpanContext(context.active())?.spanId;
  });
  const request = sdk.tracer.startSpan('request');
  context.with(trace.setSpan(ROOT_CONTEXT, request), () => events.drain());
  const process = sdk.span('process orders');
  expect(active).toBe(spanId(process));
  expect(parentId(process)).toBe(request.spanContext().spanId);
  expect(process.links.map(idOf)).toEqual([spanId(sdk.span('publish orders'))]);
  expect(parentId(sdk.span('ack orders'))).toBe(spanId(process));
  events.publish('orders', 2);
  expect([...events.iterEvents('orders')].map(({ payload }) => payload)).toEqual([2]);
  expect(events.drain()).toBe(0);
  events.shutdown();
});

test('withTracing: the channel is known to ackline/inspection, and its last client still ends the backend', async ({
  open,
}) => {
  const { events, backend } = open();
  await events.publish('orders', 1);
  expect(await stats(events, 'orders')).toMatchObject({ ready: 1 });
  await events.shutdown();
  await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'closed' });
});

test('withTracing: a group is the consumer group', async ({ sdk, open }) => {
  const { events } = open();
  await createGroup(events, 'orders', 'billing');
  await events.publish('orders', 1);
  events.listen('orders', () => undefined, { group: 'billing' });
  await events.drain();
  for (const name of ['process orders', 'ack orders'])
    expect(sdk.span(name).attributes).toMatchObject({
      ...COMMON,
      'messaging.consumer.group.name': 'billing',
    });
  await events.shutdown();
});
