// Covers src/opentelemetry/trace-context.ts, src/opentelemetry/traced-channel.ts
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  StackContextManager,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { contextOf, withTracing } from 'ackline/opentelemetry';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const exporter = new InMemorySpanExporter();
const tracer = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
}).getTracer('test');

beforeAll(() => {
  context.setGlobalContextManager(new StackContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
beforeEach(() => exporter.reset());
afterAll(() => {
  context.disable();
  propagation.disable();
});

const idOf = (name: string): string | undefined =>
  exporter
    .getFinishedSpans()
    .find((span) => span.name === name)
    ?.spanContext().spanId;
const linksOf = (name: string): readonly string[] =>
  exporter
    .getFinishedSpans()
    .filter((span) => span.name === name)
    .flatMap(({ links }) => links.map((link) => link.context.spanId));

test('trace context: survives the storage of a real browser, and contextOf survives an await', async () => {
  const database = `traced-${crypto.randomUUID()}`;
  const open = () => withTracing(indexedDbBackend({ database }), { tracer });
  const one = new EventChannel<{ orders: number }>({ backend: open() });
  await one.publish('orders', 1);
  await one.shutdown();
  const channel = new EventChannel<{ orders: number }>({ backend: open() });
  const other = withTracing(channel, { tracer });
  const seen = await new Promise<readonly unknown[]>((resolve) => {
    other.listen('orders', async (delivery) => {
      const atStart = trace.getSpanContext(context.active())?.spanId;
      await new Promise(requestAnimationFrame);
      // Without a context manager for promises the active context is gone here.
      const afterAwait = trace.getSpanContext(context.active())?.spanId;
      resolve([atStart, afterAwait, trace.getSpanContext(contextOf(delivery))?.spanId]);
    });
  });
  await other.shutdown();
  const process = idOf('process orders');
  expect(seen).toEqual([process, undefined, process]);
  expect(linksOf('process orders')).toEqual([idOf('publish orders')]);
  // The settlement follows an await, too.
  const ack = exporter.getFinishedSpans().find(({ name }) => name === 'ack orders');
  expect(ack?.parentSpanContext?.spanId).toBe(process);
});

test('trace context: the publisher is a child of the active span, and broadcast carries it', async () => {
  const name = `traced-${crypto.randomUUID()}`;
  const open = () => withTracing(broadcastBackend({ name }), { tracer });
  const one = new EventChannel<{ orders: number }>({ backend: open() });
  const other = withTracing(new EventChannel<{ orders: number }>({ backend: open() }), { tracer });
  const handled = new Promise((resolve) => {
    other.listen('orders', resolve);
  });
  const click = tracer.startSpan('click');
  const confirmed = context.with(trace.setSpan(ROOT_CONTEXT, click), () =>
    one.publishConfirmed('orders', 1, null, { confirm: 1 }),
  );
  await Promise.all([confirmed, handled]);
  await Promise.all([one.shutdown(), other.shutdown()]);
  const publish = exporter.getFinishedSpans().find((span) => span.kind === 3);
  expect(publish?.parentSpanContext?.spanId).toBe(click.spanContext().spanId);
  expect(linksOf('process orders')).toEqual([publish?.spanContext().spanId]);
});
