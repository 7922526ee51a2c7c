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

/** The requirements that all backends meet which are a queue in a store of Ackline's own form. */
export const QUEUE: readonly Requirement[] = [
  ...CAPABILITIES,
  'cursor',
  'redrive',
  'purge',
  'availableAt',
  'ttlMs',
  'priority',
  'keys',
  'replace',
  'browse',
  'channels',
  'watchStats',
  'retentionMs',
  'reply',
  'after',
  'cancel',
  'maxBacklog',
  'groups',
  'retryNow',
  'id',
  'offline',
  'contexts',
];

const INDEXEDDB: readonly Requirement[] = [
  ...QUEUE,
  'durability',
  'maxHoldMs',
  'partitions',
  'waiting',
  'keepAlive',
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
    features: [...QUEUE, 'staysIdle', 'partitions', 'waiting', 'keepAlive', 'expiry'],
    open(runtime) {
      const openOver = (store: MemoryStore) => memoryBackend({ store });
      return withPartitions(runtime, openOver);
    },
  },
  'memory (synchronous)': {
    features: [...QUEUE, 'partitions', 'expiry'],
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
