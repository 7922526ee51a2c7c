import type { AsyncEventBackend } from 'ackline';
import { memoryBackend, memoryStore, syncMemoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { ManualRuntime, Requirement } from 'ackline/testing';
import { asyncOverSync } from './async-over-sync.ts';
import { memberFirst } from './member-first.ts';

/** One backend that the suite runs for. */
export interface TestedBackend {
  /** What of a case's `requires` it meets. */
  readonly features: readonly Requirement[];
  /** A fresh storage; each call of the returned function is a further context over it. */
  open(runtime: ManualRuntime): () => AsyncEventBackend;
}

/** What all of them have. */
const CAPABILITIES: readonly Requirement[] = [
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
];

const INDEXEDDB: readonly Requirement[] = [
  ...CAPABILITIES,
  ...([
    'retryNow',
    'offline',
    'durability',
    'maxHoldMs',
    'contexts',
    'waiting',
    'keepAlive',
  ] as const),
];

/** What those have that give each event to every member: no storage is shared, so that `contexts` is not among it. */
const FAN_OUT: readonly Requirement[] = [
  'publishConfirmed',
  'request',
  'reply',
  'self',
  'members',
  'join',
];

/** The one table: name → backend. */
export const testedBackends = {
  memory: {
    features: [
      ...CAPABILITIES,
      'staysIdle',
      'retryNow',
      'offline',
      'contexts',
      'waiting',
      'keepAlive',
      'expiry',
    ],
    open(runtime) {
      const store = memoryStore({ runtime });
      return () => memoryBackend({ store });
    },
  },
  'memory (synchronous)': {
    features: [...CAPABILITIES, 'retryNow', 'offline', 'contexts', 'expiry'],
    open(runtime) {
      const store = memoryStore({ runtime });
      return () => asyncOverSync(syncMemoryBackend({ store }));
    },
  },
  IndexedDB: {
    features: INDEXEDDB,
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return () => indexedDbBackend({ database, runtime });
    },
  },
  'IndexedDB (available)': {
    features: [...INDEXEDDB, 'expiry'],
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return () => indexedDbBackend({ database, runtime, leaseMode: 'available' });
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
