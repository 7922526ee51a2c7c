import type { AsyncEventBackend } from 'ackline';
import {
  type MemoryStore,
  memoryBackend,
  memoryPartitions,
  memoryStore,
  syncMemoryBackend,
} from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import {
  allFeatures,
  type IndexedDbBackendOptions,
  indexedDbBackend,
  partitions,
  purgePartition,
} from 'ackline/indexeddb';
import type { ManualRuntime, PartitionsUnderTest, Requirement } from 'ackline/testing';
import { asyncOverSync } from './async-over-sync.ts';
import { memberFirst } from './member-first.ts';

/** Opens another context over one storage. */
export interface OpenNext {
  (): AsyncEventBackend;
  /** Absent if the storage has none. */
  readonly partitions?: PartitionsUnderTest;
}

/** A backend for which the suite runs. */
export interface TestedBackend {
  /** The requirements of cases that the backend meets. */
  readonly features: readonly Requirement[];
  /** Empties what all storages have in common. */
  prepare?(): PromiseLike<unknown>;
  /** Makes a new storage. Each call of the returned function opens another context over it. */
  open(runtime: ManualRuntime): OpenNext;
}

/** The requirements that all these backends meet. */
export const CAPABILITIES: readonly Requirement[] = [
  'publishMany',
  'dequeueMany',
  'extend',
  'reject',
  'stats',
  'deadLetters',
  'observe',
  'delayMs',
  'maxEventBytes',
  'leaseMs',
  'maxAttempts',
  'countsAsAttempt',
  'clock',
  'place',
];

/** Requirements of backends whose events have a time from which, and a time until which they are delivered. */
export const TIMES: readonly Requirement[] = ['availableAt', 'ttlMs'];

/** Requirements of backends that can put dead letters back and delete them. */
export const LETTERS: readonly Requirement[] = ['cursor', 'redrive', 'purge'];

/** Requirements of backends that keep the order of keys. */
export const KEYS: readonly Requirement[] = ['keys', 'replace'];
/** Requirements of backends that `ackline/inspection` can read. */
export const INSPECTED: readonly Requirement[] = ['browse', 'channels', 'watchStats'];

/** Requirements of backends that keep the results of events. */
export const RESULTS: readonly Requirement[] = ['retentionMs', 'reply'];

/** Requirements of backends that hold an event back until another one has ended. */
export const DEPENDENCIES: readonly Requirement[] = ['after'];

/** Requirements of backends that deliver events with a high priority first. */
export const PRIORITY: readonly Requirement[] = ['priority'];

const INDEXEDDB: readonly Requirement[] = [
  ...CAPABILITIES,
  ...LETTERS,
  ...INSPECTED,
  ...RESULTS,
  ...DEPENDENCIES,
  ...TIMES,
  ...PRIORITY,
  ...([
    'cancel',
    'keys',
    'groups',
    'replace',
    'maxBacklog',
    'retryNow',
    'id',
    'offline',
    'durability',
    'maxHoldMs',
    'contexts',
    'partitions',
    'waiting',
    'keepAlive',
  ] as const),
];

/** Further requirements that broadcast backends meet. Their contexts share no storage, so `contexts` is missing. */
const FAN_OUT: readonly Requirement[] = [
  'publishConfirmed',
  'request',
  'reply',
  'self',
  'members',
  'join',
  'localGroups',
];

function withPartitions(
  runtime: ManualRuntime,
  openOver: (store: MemoryStore) => AsyncEventBackend,
): OpenNext {
  const store = memoryStore({ runtime });
  const parts = memoryPartitions({ runtime });
  const partitions: PartitionsUnderTest = {
    open: (name) => openOver(parts.store(name)),
    purge: async (name) => parts.purge(name),
    names: async () => parts.names(),
  };
  return Object.assign(() => openOver(store), { partitions });
}

function inDatabase(options: IndexedDbBackendOptions): OpenNext {
  const given = { features: allFeatures, ...options };
  const partitionsUnderTest: PartitionsUnderTest = {
    open: (partition) => indexedDbBackend({ ...given, partition }),
    purge: (partition) => purgePartition({ database: options.database, partition }),
    names: () => partitions({ database: options.database }),
  };
  return Object.assign(() => indexedDbBackend(given), { partitions: partitionsUnderTest });
}

/** The table of all tested backends, by name. */
export const testedBackends = {
  memory: {
    features: [
      ...CAPABILITIES,
      ...LETTERS,
      ...TIMES,
      ...PRIORITY,
      'cancel',
      'maxBacklog',
      ...KEYS,
      ...INSPECTED,
      ...RESULTS,
      ...DEPENDENCIES,
      'groups',
      'staysIdle',
      'retryNow',
      'id',
      'offline',
      'contexts',
      'partitions',
      'waiting',
      'keepAlive',
      'expiry',
    ],
    open(runtime) {
      const openOver = (store: MemoryStore) => memoryBackend({ store });
      return withPartitions(runtime, openOver);
    },
  },
  'memory (synchronous)': {
    features: [
      ...CAPABILITIES,
      ...LETTERS,
      ...TIMES,
      ...PRIORITY,
      'cancel',
      'maxBacklog',
      ...KEYS,
      ...INSPECTED,
      ...RESULTS,
      ...DEPENDENCIES,
      'groups',
      'retryNow',
      'id',
      'offline',
      'contexts',
      'partitions',
      'expiry',
    ],
    open(runtime) {
      const openOver = (store: MemoryStore) => asyncOverSync(syncMemoryBackend({ store }));
      return withPartitions(runtime, openOver);
    },
  },
  IndexedDB: {
    features: INDEXEDDB,
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return inDatabase({ database, runtime });
    },
  },
  'IndexedDB (available)': {
    features: [...INDEXEDDB, 'expiry'],
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return inDatabase({ database, runtime, leaseMode: 'available' });
    },
  },
  broadcast: {
    features: [...CAPABILITIES, ...FAN_OUT, 'waiting', 'keepAlive', 'expiry'],
    open(runtime) {
      const name = crypto.randomUUID();
      return () => memberFirst(broadcastBackend({ name, runtime, locks: navigator.locks }));
    },
  },
  'broadcast (without Web Locks)': {
    features: [...CAPABILITIES, ...FAN_OUT, 'waiting', 'keepAlive', 'expiry'],
    open(runtime) {
      const name = crypto.randomUUID();
      return () => memberFirst(broadcastBackend({ name, runtime, locks: null }));
    },
  },
} satisfies Readonly<Record<string, TestedBackend>>;
