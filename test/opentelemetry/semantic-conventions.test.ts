// Covers src/opentelemetry/attributes.ts, src/opentelemetry/instruments.ts, src/opentelemetry/sending.ts, src/opentelemetry/receive.ts
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Attributes, Link } from '@opentelemetry/api';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { observeBacklog, withTracing } from 'ackline/opentelemetry';
import { expect } from 'vitest';
import { idOf, parentId, spanId, test } from './open-telemetry.ts';

const BATCH = [
  { channel: 'orders', payload: 1 },
  { channel: 'orders', payload: 2 },
];

/** Names that version 1.45.0 of the conventions defines and does not deprecate, by the published package. */
function currentNames(): Set<string> {
  const { resolve } = createRequire(import.meta.url);
  const folder = new URL('.', `file://${resolve('@opentelemetry/semantic-conventions')}`);
  const files = ['experimental_attributes', 'stable_attributes', 'experimental_metrics'];
  const texts = files.map((file) => readFileSync(new URL(`${file}.d.mts`, folder), 'utf8'));
  const declared =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const (?:ATTR|METRIC)_\w+: "([^"]+)"/g;
  const found = [...texts.join('\n').matchAll(declared)];
  return new Set(found.flatMap(([, words, name]) => (/@deprecated/.test(words!) ? [] : [name!])));
}

const attributesOfLinks = (links: readonly Link[]): (Attributes | undefined)[] =>
  links.map(({ attributes }) => attributes);

test('semantic conventions: each name is one of them that is not deprecated, or begins with ackline', async ({
  sdk,
  runtime,
  open,
}) => {
  const server = { address: 'queue.example.com', port: 5432 };
  const { events } = open({ server });
  const stop = observeBacklog(events, ['orders'], { meter: sdk.meter });
  events.listen('mails', () => {
    throw new RangeError('too far');
  });
  await events.publish('mails', 1);
  await events.publishMany(BATCH);
  const first = await events.dequeueMany('orders', 2);
  await first[0]?.nack();
  await first[1]?.reject();
  await runtime.advance(0);
  const metrics = await sdk.points();
  stop();
  await events.shutdown({ mode: 'release' });
  const spans = sdk.spans();
  const points = [...metrics.values()].flat();
  const all = [...spans.flatMap(({ links }) => attributesOfLinks(links)), ...points];
  const keys = [...spans.map(({ attributes }) => attributes), ...all].flatMap((attributes) =>
    Object.keys(attributes ?? {}),
  );
  const used = new Set([...metrics.keys(), ...keys.filter((key) => key !== 'value')]);
  const current = currentNames();
  expect([...used].filter((name) => !current.has(name)).sort()).toEqual([
    'ackline.channel.events',
    'ackline.event.state',
    'ackline.message.delivery_count',
    'ackline.settlement',
  ]);
  for (const { attributes } of spans)
    expect(attributes).toMatchObject({
      'messaging.system.name': 'ackline',
      'server.address': server.address,
      'server.port': server.port,
    });
});

test('semantic conventions: the messages of a batch are named on their links, and by their create spans', async ({
  sdk,
  open,
}) => {
  const { events } = open();
  const ids = await events.publishMany(BATCH);
  await events.dequeueMany('orders', 5);
  const named = ids.map((id) => ({ 'messaging.message.id': id }));
  const received = sdk.span('dequeueMany orders');
  expect(attributesOfLinks(received.links)).toEqual(named);
  expect(received.attributes).not.toHaveProperty('messaging.message.id');
  const created = sdk.spans().filter(({ name }) => name === 'create orders');
  expect(created.map(({ attributes }) => attributes)).toMatchObject(named);
  expect(attributesOfLinks(sdk.span('publishMany orders').links)).toEqual([undefined, undefined]);

  await events.publishMany([
    { channel: 'orders', payload: 3 },
    { channel: 'mails', payload: 4, options: { id: 'mail-4' } },
  ]);
  expect(attributesOfLinks(sdk.span('publishMany').links)).toEqual([
    { 'messaging.destination.name': 'orders' },
    { 'messaging.destination.name': 'mails', 'messaging.message.id': 'mail-4' },
  ]);
  await events.shutdown();
});

test('semantic conventions: a batch that fails ends its create spans', async ({ sdk, open }) => {
  const { events } = open();
  await events.shutdown();
  await expect(events.publishMany(BATCH)).rejects.toMatchObject({ code: 'closed' });
  const { backend } = open();
  await backend.shutdown();
  await expect(backend.publishMany?.(BATCH)).rejects.toMatchObject({ code: 'closed' });
  expect(sdk.spans().map(({ name }) => name)).toEqual([
    'create orders',
    'create orders',
    'publishMany orders',
  ]);
});

test('semantic conventions: a batch of one event is counted, too', async ({ sdk, open }) => {
  const { events } = open();
  const [id] = await events.publishMany([{ channel: 'orders', payload: 1 }]);
  await events.dequeueMany('orders', 5);
  for (const name of ['publishMany orders', 'dequeueMany orders'])
    expect(sdk.span(name).attributes).toMatchObject({
      'messaging.batch.message_count': 1,
      'messaging.message.id': id,
    });
  await events.shutdown();
});

test('semantic conventions: a duration is the same in the span and in the metric', async ({
  sdk,
  runtime,
  open,
}) => {
  const { events } = open({ runtime });
  await events.publish('orders', 1);
  events.listen('orders', () => new Promise<void>((resolve) => runtime.after(2_500, resolve)));
  const drained = events.drain();
  await runtime.advance(2_500);
  await drained;
  await events.shutdown();
  expect((await sdk.sums()).get('messaging.process.duration')).toBe(2.5);
  expect(sdk.span('process orders').duration).toEqual([2, 500_000_000]);
});

test('semantic conventions: with continueTrace the span around a drain is linked', ({
  sdk,
  runtime,
}) => {
  const given = { tracer: sdk.tracer, meter: sdk.meter, continueTrace: true };
  const backend = withTracing(syncMemoryBackend({ runtime }), given);
  const channel = new SyncEventChannel<{ orders: number }>({ backend, autoDrain: false });
  const events = withTracing(channel, given);
  events.publish('orders', 1);
  events.listen('orders', () => undefined);
  const request = sdk.tracer.startSpan('request');
  context.with(trace.setSpan(ROOT_CONTEXT, request), () => events.drain());
  const publish = spanId(sdk.span('publish orders'));
  const process = sdk.span('process orders');
  expect(parentId(process)).toBe(publish);
  expect(process.links.map(idOf)).toEqual([publish, request.spanContext().spanId]);
  events.shutdown();
});

test('semantic conventions: the scope of the spans names the version', async ({ runtime }) => {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  try {
    await withTracing(memoryBackend({ runtime })).publish('orders', 1);
  } finally {
    trace.disable();
  }
  expect(exporter.getFinishedSpans()[0]?.instrumentationScope).toMatchObject({
    name: 'ackline',
    schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
  });
});

test('semantic conventions: the server is checked', ({ open }) => {
  const wrong = [null, 'localhost', {}, { address: '' }, { address: 'a', port: '1' }];
  for (const server of wrong)
    expect(() => open({ server: server as never })).toThrow(/^server(\.\w+)? must be /);
});
