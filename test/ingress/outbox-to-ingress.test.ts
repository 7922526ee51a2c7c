// Covers src/ingress/create-ingress.ts, src/ingress/to-node-handler.ts, src/cloudevents/cloud-events.ts
import 'fake-indexeddb/auto';
import { createServer, type ServerResponse } from 'node:http';
import { cloudEvents } from 'ackline/cloudevents';
import { createIngress, type NodeResponse, toNodeHandler } from 'ackline/ingress';
import { createOutbox, httpBatchSender, httpSender } from 'ackline/outbox';
import { expect, test } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  memoryBackend,
  QuotaError,
} from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import { failingBackend } from './open-ingress.ts';

const EVENTS = 60;
const FAULTS = ['lost answer', 'reset', 'cut', '503', 'two 503', 'none', 'none'] as const;
type FaultName = (typeof FAULTS)[number];

/** An answer that the client does not get, after the work was done. */
function losing(response: ServerResponse): NodeResponse {
  return { writeHead: () => {}, end: () => response.destroy() };
}

/** A server in front of the ingress with a fault for most requests, until `most` faults have happened. */
function faultyServer(handle: ReturnType<typeof createIngress>, most: number) {
  const listener = toNodeHandler(handle);
  const happened: FaultName[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    const fault = happened.length < most ? (FAULTS[requests % FAULTS.length] ?? 'none') : 'none';
    requests += 1;
    if (fault !== 'none') happened.push(fault);
    if (fault === 'lost answer') listener(request, losing(response));
    else if (fault === 'reset') request.socket.destroy();
    else if (fault === 'cut') request.once('data', () => request.socket.destroy());
    else if (fault === 'none') listener(request, response);
    else response.writeHead(503, { 'retry-after': '0' }).end();
  });
  return { server, happened };
}

const SENDING = {
  plain: {},
  structured: cloudEvents({ source: '/shop' }),
  binary: cloudEvents({ source: '/shop', mode: 'binary' }),
  'in batches': {},
} as const;

const BACKENDS: Readonly<Record<string, () => AsyncEventBackend>> = {
  memory: () => memoryBackend(),
  IndexedDB: () => indexedDbBackend({ database: `ingress-${Math.random()}` }),
  'memory with a full disk': () => failingBackend([3, 5, 6, 20], new QuotaError('full')),
  'memory that loses answers': () => failingBackend([2, 4, 9], new Error('lost'), 'answer'),
};

const RUNS = Object.keys(BACKENDS).flatMap((backend) =>
  Object.keys(SENDING).map((mode) => [backend, mode as keyof typeof SENDING] as const),
);

test.each(RUNS)(
  '%s, %s: each event is stored exactly once by its id, and none is lost',
  async (backend, mode) => {
    const received = new EventChannel({ backend: BACKENDS[backend]!() });
    const handle = createIngress({
      events: received,
      channels: ['orders'],
      retryAfterMs: 0,
      onFault: () => {},
    });
    const { server, happened } = faultyServer(handle, 80);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const events = new EventChannel({ backend: memoryBackend() });
    const drafts = Array.from({ length: EVENTS }, (_, total) => ({
      channel: 'orders',
      payload: { total },
      metadata: { traceparent: `trace-${total}` },
    }));
    const ids = await events.publishMany(drafts);
    const url = `http://127.0.0.1:${port}/events/orders`;
    const outbox = createOutbox({
      events,
      channel: 'orders',
      send:
        mode === 'in batches'
          ? httpBatchSender({ url, batch: { size: 10 } })
          : httpSender({ url, ...SENDING[mode] }),
      backoffBaseMs: 1,
      backoffMaxMs: 2,
      returnJitterMs: 0,
    });
    await outbox.whenIdle();
    expect(new Set(happened).size).toBeGreaterThanOrEqual(5);
    expect(await events.stats('orders')).toMatchObject({
      ready: 0,
      scheduled: 0,
      leased: 0,
      dead: 0,
    });
    const deliveries = await received.dequeueMany('orders', 2 * EVENTS, { pollIntervalMs: 0 });
    const stored = deliveries.map(({ eventId, payload }) => [eventId, payload]);
    expect(stored.toSorted()).toEqual(ids.map((id, total) => [id, { total }]).toSorted());
    if (mode !== 'plain')
      expect(new Set(deliveries.map(({ metadata }) => metadata?.['traceparent'])).size).toBe(
        EVENTS,
      );
    await events.shutdown();
    server.closeAllConnections();
    server.close();
    await received.shutdown({ mode: 'release' });
  },
  60_000,
);

test('what the ingress refuses becomes a dead letter of the outbox, and a 401 pauses it', async () => {
  const received = new EventChannel({ backend: memoryBackend() });
  let isSignedIn = false;
  const handle = createIngress({
    events: received,
    channels: ['orders'],
    authorize: () => (isSignedIn ? true : 401),
  });
  const events = new EventChannel({ backend: memoryBackend(), observer: () => {} });
  await events.publishMany(
    ['orders', 'others'].map((type) => ({ channel: 'outbox', payload: { type } })),
  );
  const type = ({ payload }: { payload: unknown }) => (payload as { type: string }).type;
  let renewals = 0;
  const outbox = createOutbox({
    events,
    channel: 'outbox',
    send: httpSender({
      url: 'http://shop.test/events',
      fetch: (request) => handle(request as Request),
      ...cloudEvents({ source: '/shop', type }),
    }),
    returnJitterMs: 0,
    onUnauthorized: () => {
      renewals += 1;
      isSignedIn = true;
    },
  });
  await outbox.whenIdle();
  expect(renewals).toBe(1);
  const [letter, ...others] = await events.deadLetters('outbox');
  expect(others).toEqual([]);
  expect(letter?.note).toContain('404');
  expect(letter?.note).toContain('unknown-channel');
  expect((await received.stats('orders')).ready).toBe(1);
  await events.shutdown();
  await received.shutdown();
});
