// Like channels.ts, for the entries beside `ackline`.
import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { cloudEvents, cloudEventsBatch, fromCloudEvent, toCloudEvent } from 'ackline/cloudevents';
import { atRate, inBatches } from 'ackline/flow';
import { forward } from 'ackline/forward';
import { indexedDbBackend, memoryFallback, requestPersistence } from 'ackline/indexeddb';
import { createIngress, toNodeHandler } from 'ackline/ingress';
import { browse, channels, stats, watchDeadLetters, watchStats } from 'ackline/inspection';
import { defineInspector, type InspectorElement } from 'ackline/inspector';
import { contextOf, observeBacklog, traceHeaders, withTracing } from 'ackline/opentelemetry';
import {
  batchSender,
  createOutbox,
  handleSync,
  httpBatchSender,
  httpSender,
  requestSync,
} from 'ackline/outbox';
import { conformanceCases, faultyStore, ManualRuntime, recordingObserver } from 'ackline/testing';

export const stored = indexedDbBackend({ database: 'shop', fallback: memoryFallback });
export const shared = broadcastBackend({ name: 'shop' });
export const overDatabase = new EventChannel<{ placed: number }>({ backend: stored });
export const overTabs = new EventChannel<{ placed: number }>({ backend: shared });
export const status = () => stored.status();
export const watchStatus = () => stored.watchStatus(({ state }) => state);
export const quarantined = () => stored.quarantined('placed', 10);
export const join = () => shared.join('placed');
export const page = () => browse(overDatabase, 'placed', { state: 'ready', payload: true });
export const counts = () => Promise.all([channels(stored), stats(overTabs, 'placed')]);
export const live = () => [watchStats(overTabs, 'placed'), watchDeadLetters(stored, 'placed')];
export const inspect = (inspector: InspectorElement) => {
  defineInspector();
  inspector.events = overDatabase;
  inspector.sources = { shop: overDatabase, tabs: { events: overTabs, channels: ['placed'] } };
  return inspector.observer;
};
export const persist = () => requestPersistence();

export const paced = atRate<number, unknown>(
  inBatches<number>((deliveries) => Promise.allSettled(deliveries), { size: 2, maxWaitMs: 1 }),
  { limit: 10, perMs: 1_000 },
);
export const listenPaced = () => overDatabase.listen('placed', paced, { concurrency: 2 });

export const outbox = () =>
  createOutbox({
    events: overDatabase,
    channel: 'placed',
    send: httpSender<number>({
      url: '/placed',
      classify: ({ status }) => (status === 422 ? { result: 'hold' } : undefined),
    }),
  });
export const sync = (event: Parameters<typeof handleSync>[0]) =>
  handleSync(event, () => ({ outbox: outbox(), events: overDatabase }));
export const request = (registration: object) => requestSync(registration);
export const snapshot = () => outbox().watch().getSnapshot();

export const sendMany = httpBatchSender<number>({ url: '/placed', batch: { size: 50 } });
export const sendOwn = batchSender<number>(() => [{ result: 'done' }], { size: 2 });
export const moving = forward({
  from: stored,
  to: stored,
  channel: 'placed',
  map: (event) => event,
});
export const progress = () => moving.getSnapshot().moved;

export const sendCloudEvents = httpSender<number>({
  url: '/placed',
  ...cloudEvents<number>({ source: '/shop', mode: 'binary' }),
});
export const batch = cloudEventsBatch([], { source: '/shop' });
export const one = fromCloudEvent;
export const other = toCloudEvent;
export const ingress = createIngress({
  events: overDatabase,
  channels: ['placed'],
  authorize: () => 401 as const,
  map: (event) => ({ ...event, metadata: null }),
});
export const onNode = toNodeHandler(ingress);

export const runtime = new ManualRuntime();
export const cases = conformanceCases;
export const observer = recordingObserver();
export const faulty = faultyStore;

export const traced = withTracing(
  new EventChannel<{ placed: number }>({ backend: withTracing(stored) }),
);
export const handleTraced = () => traced.listen('placed', (delivery) => void contextOf(delivery));
export const sendTraced = () => httpSender({ url: '/placed', headers: traceHeaders });
export const backlog = () => observeBacklog(traced, ['placed']);
