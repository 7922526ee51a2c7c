// Covers src/opentelemetry/trace-context.ts, src/opentelemetry/traced-channel.ts
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { type AsyncEventBackend, EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { cloudEvents } from 'ackline/cloudevents';
import { forward } from 'ackline/forward';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createIngress, toNodeHandler } from 'ackline/ingress';
import { traceHeaders, withTracing } from 'ackline/opentelemetry';
import { createOutbox, httpBatchSender, httpSender, type Sender } from 'ackline/outbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idOf, openTelemetry, spanId, type Telemetry } from './open-telemetry.ts';

let sdk: Telemetry;
beforeEach(() => {
  sdk = openTelemetry();
});
afterEach(() => sdk.end());

function tracedChannel(inner: AsyncEventBackend) {
  const { tracer, meter } = sdk;
  const backend = withTracing(inner, { tracer, meter });
  return withTracing(new EventChannel<{ orders: number }>({ backend }), { tracer, meter });
}

/** Resolves when a handler of the channel has run, with the metadata of its event. */
function handled(events: ReturnType<typeof tracedChannel>): Promise<unknown> {
  return new Promise((resolve) => {
    events.listen('orders', ({ metadata }) => resolve(metadata));
  });
}

const linksOf = (name: string) => sdk.span(name).links.map(idOf);

test('trace context: survives IndexedDB, from one context to another, with baggage', async () => {
  const database = `traced-${crypto.randomUUID()}`;
  const one = tracedChannel(indexedDbBackend({ database }));
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
  await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => one.publish('orders', 1));
  await one.shutdown();
  const other = tracedChannel(indexedDbBackend({ database }));
  const tenant = await new Promise((resolve) => {
    other.listen('orders', () =>
      resolve(propagation.getActiveBaggage()?.getEntry('tenant')?.value),
    );
  });
  await other.shutdown();
  expect(tenant).toBe('acme');
  expect(linksOf('process orders')).toEqual([spanId(sdk.span('publish orders'))]);
});

test('trace context: survives broadcast', async () => {
  const name = `traced-${crypto.randomUUID()}`;
  const one = tracedChannel(broadcastBackend({ name }));
  const other = tracedChannel(broadcastBackend({ name }));
  const done = handled(other);
  await one.publishConfirmed('orders', 1, null, { confirm: 1 });
  await done;
  await Promise.all([one.shutdown(), other.shutdown()]);
  expect(linksOf('process orders')).toEqual([spanId(sdk.span('publishConfirmed orders'))]);
});

test('trace context: survives forward, whose own publish links to it', async () => {
  const { tracer, meter } = sdk;
  const from = withTracing(memoryBackend(), { tracer, meter });
  const to = withTracing(memoryBackend(), { tracer, meter });
  const device = new EventChannel({ backend: from });
  const events = withTracing(new EventChannel({ backend: to }), { tracer, meter });
  const done = new Promise<unknown>((resolve) => {
    events.listen('orders', ({ metadata }) => resolve(metadata));
  });
  await device.publish('orders', 1);
  const forwarding = forward({ from, to, channel: 'orders' });
  const published = sdk.span('publish orders');
  expect(await done).toEqual({ traceparent: expect.stringContaining(spanId(published)) });
  await forwarding.stop();
  await Promise.all([device.shutdown(), events.shutdown()]);
  expect(linksOf('publishMany orders')).toEqual([spanId(published)]);
  expect(linksOf('process orders')).toEqual([spanId(published)]);
});

/** Sends one event over HTTP to an ingress, and resolves with the links of the server's handler. */
async function sentOver(makeSend: (url: string) => Sender | ReturnType<typeof httpBatchSender>) {
  const cloud = tracedChannel(memoryBackend());
  const handler = toNodeHandler(createIngress({ events: cloud, channels: ['orders'] }));
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const device = tracedChannel(memoryBackend());
  await device.publish('orders', 1);
  const done = handled(cloud);
  const send = makeSend(`http://127.0.0.1:${port}/orders`);
  const outbox = createOutbox({ events: device, channel: 'orders', send });
  await done;
  await outbox.stop();
  await Promise.all([device.shutdown(), cloud.shutdown()]);
  server.closeAllConnections();
  server.close();
  const [first, second] = sdk.spans().filter(({ name }) => name === 'process orders');
  const publish = sdk.span('publish orders');
  const atServer = [first!, second!].find(
    ({ links }) => !links.map(idOf).includes(spanId(publish)),
  );
  return { publish, processes: [first!, second!], atServer };
}

test('trace context: survives HTTP as headers, by way of the process span of the outbox', async () => {
  const { publish, processes, atServer } = await sentOver((url) =>
    httpSender({ url, headers: traceHeaders }),
  );
  const outbox = processes.find((span) => span !== atServer)!;
  expect(outbox.links.map(idOf)).toEqual([spanId(publish)]);
  expect(atServer?.links.map(idOf)).toEqual([spanId(outbox)]);
});

test('trace context: survives HTTP as a CloudEvent and in a batch, as that of the publisher', async () => {
  for (const makeSend of [
    (url: string) => httpSender({ url, ...cloudEvents({ source: '/device' }) }),
    (url: string) => httpBatchSender({ url, batch: { size: 10 } }),
  ]) {
    const { publish, processes } = await sentOver(makeSend);
    for (const { links } of processes) expect(links.map(idOf)).toEqual([spanId(publish)]);
    await sdk.end();
    sdk = openTelemetry();
  }
});
