import { DatabaseSync } from 'node:sqlite';
import { broadcastBackend } from '../../src/broadcast.ts';
import { withCodec } from '../../src/codec.ts';
import { forward } from '../../src/forward.ts';
import {
  type AsyncEventBackend,
  EventChannel,
  memoryBackend,
  memoryPartitions,
  memoryStore,
  SyncEventChannel,
  syncMemoryBackend,
  systemRuntime,
} from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import { watchDeadLetters, watchStats } from '../../src/inspection.ts';
import { natsBackend } from '../../src/nats.ts';
import { withTracing } from '../../src/opentelemetry.ts';
import { createOutbox, platformConnectivity } from '../../src/outbox.ts';
import { postgresBackend } from '../../src/postgres.ts';
import { withSchemas } from '../../src/schema.ts';
import { sqliteBackend, syncSqliteBackend } from '../../src/sqlite.ts';
import { faultyStore, ManualRuntime } from '../../src/testing.ts';

/** An object of the package, and a call that needs its private state. */
export interface PublicObject {
  readonly object: object;
  readonly use: (object: never) => unknown;
}

function made<T extends object>(object: T, use: (object: T) => unknown): PublicObject {
  return { object, use };
}

/** The backends call no method of a client before the first call. */
const CLIENT = { query: ignored, request: ignored, status: ignored };

function ignored(): never {
  throw new Error('not to be called');
}

const events = () => new EventChannel({ backend: memoryBackend() });
const sync = () => new SyncEventChannel({ backend: syncMemoryBackend() });
const outbox = () => createOutbox({ events: events(), channel: 'sent', send: () => undefined });
const backend = (object: AsyncEventBackend) => made(object, (it) => it.shutdown());
const store = (object: { subscribe(listener: () => void): () => void }) =>
  made(object, (it) => it.subscribe(() => undefined)());

/** What the functions and classes of the entries make, and the objects that it leads to. */
export const PUBLIC_OBJECTS: Readonly<Record<string, () => PublicObject>> = {
  EventChannel: () => made(events(), (it) => it.publish('orders', 1)),
  'EventChannel, listen': () => made(events().listen('orders', ignored), (it) => it.stop()),
  'EventChannel, iterEvents': () => made(events().iterEvents('orders'), (it) => it.return?.()),
  SyncEventChannel: () => made(sync(), (it) => it.publish('orders', 1)),
  'SyncEventChannel, listen': () => made(sync().listen('orders', ignored), (it) => it.stop()),
  'SyncEventChannel, dequeue': () => {
    const channel = sync();
    channel.publish('orders', 1);
    return made(channel.dequeue('orders') as object as { ack(): unknown }, (it) => it.ack());
  },
  memoryBackend: () => backend(memoryBackend()),
  memoryStore: () => made(memoryStore(), (it) => memoryBackend({ store: it }).stats?.('orders')),
  memoryPartitions: () => made(memoryPartitions(), (it) => it.store('ann')),
  syncMemoryBackend: () => made(syncMemoryBackend(), (it) => it.publish('orders', 1)),
  systemRuntime: () => made(systemRuntime, (it) => it.now()),
  broadcastBackend: () => backend(broadcastBackend({ name: 'shop' })),
  withCodec: () =>
    backend(withCodec(memoryBackend(), { encode: String, decode: (text) => text as never })),
  forward: () => store(forward({ from: memoryBackend(), to: memoryBackend(), channel: 'orders' })),
  indexedDbBackend: () => backend(indexedDbBackend({ database: 'shop' })),
  watchStats: () => store(watchStats(events(), 'orders')),
  watchDeadLetters: () => store(watchDeadLetters(events(), 'orders')),
  natsBackend: () => made(natsBackend({ connection: CLIENT as never }), (it) => it.capabilities),
  withTracing: () => made(withTracing(events()), (it) => it.publish('orders', 1)),
  'withTracing of a backend': () => backend(withTracing(memoryBackend())),
  createOutbox: () => made(outbox(), (it) => it.pause()),
  'createOutbox, watch': () => store(outbox().watch()),
  platformConnectivity: () => made(platformConnectivity, (it) => it.isOnline()),
  postgresBackend: () => backend(postgresBackend({ sql: CLIENT as never })),
  withSchemas: () => backend(withSchemas(memoryBackend(), {})),
  sqliteBackend: () => backend(sqliteBackend({ database: new DatabaseSync(':memory:') })),
  syncSqliteBackend: () =>
    made(syncSqliteBackend({ database: new DatabaseSync(':memory:') }), (it) => it.shutdown()),
  ManualRuntime: () => made(new ManualRuntime(), (it) => it.advance(1_000)),
  faultyStore: () =>
    made(faultyStore(memoryStore(), []), (it) => memoryBackend({ store: it }).stats?.('orders')),
};

/** Exports that make functions, plain data or errors, or nothing. A function that is kept as an observable of MobX loses its properties. */
export const MAKE_NO_OBJECT: readonly string[] = [
  ...['AcklineError', 'QuotaError', 'RejectError', 'RetryError', 'CloudEventError', 'HttpError'],
  ...['SchemaError', 'isAsyncEventBackend', 'isSyncEventBackend', 'recordingObserver'],
  ...['cloudEvents', 'cloudEventsBatch', 'fromCloudEvent', 'toCloudEvent'],
  ...['atRate', 'inBatches', 'createGroup', 'deleteGroup', 'groups', 'groupStats'],
  ...['memoryFallback', 'partitions', 'purgePartition', 'requestPersistence'],
  ...['allFeatures', 'cancelFeature', 'dependenciesFeature', 'groupsFeature'],
  ...['maxBacklogFeature', 'redriveFeature', 'replaceFeature'],
  ...['createIngress', 'fingerprints', 'memoryFingerprints', 'toNodeHandler'],
  ...['rateLimit', 'schemaIssues'],
  ...['browse', 'channels', 'stats', 'defineInspector', 'postgresSchema'],
  ...['contextOf', 'observeBacklog', 'traceHeaders', 'publishAndWait', 'resultOf', 'waitFor'],
  ...['handleSync', 'httpBatchSender', 'httpSender', 'onSettled', 'parallelSender'],
  ...['recordSettled', 'requestPeriodicSync', 'requestSync', 'xhrFetch', 'batchSender'],
  ...['useDeadLetters', 'useListener', 'useMembers', 'useOutbox', 'useStats', 'useStatus'],
  ...['checkHistory', 'conformanceCases'],
];
