import type { AsyncEventBackend } from 'ackline';
import { memoryBackend, memoryStore, syncMemoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { ManualRuntime, Requirement } from 'ackline/testing';
import { asyncOverSync } from './async-over-sync.ts';
import { memberFirst } from './member-first.ts';

/** A backend for which the suite runs. */
export interface TestedBackend {
  /** The requirements of cases that the backend meets. */
  readonly features: readonly Requirement[];
  /** Makes a new storage. Each call of the returned function opens another context over it. */
  open(runtime: ManualRuntime): () => AsyncEventBackend;
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
];

/** Requirements of backends whose events have a time from which, and a time until which they are delivered. */
export const TIMES: readonly Requirement[] = ['availableAt', 'ttlMs'];

/** Requirements of backends that can put dead letters back and delete them. */
export const LETTERS: readonly Requirement[] = ['cursor', 'redrive', 'purge'];

/** Requirements of backends that keep the order of keys. */
export const KEYS: readonly Requirement[] = ['keys', 'replace'];
/** Requirements of backends that `ackline/inspection` can read. */
export const INSPECTED: readonly Requirement[] = ['browse', 'channels', 'watchStats'];

/** Requirements of backends that deliver events with a high priority first. */
export const PRIORITY: readonly Requirement[] = ['priority'];

const INDEXEDDB: readonly Requirement[] = [
  ...CAPABILITIES,
  ...LETTERS,
  ...INSPECTED,
  ...TIMES,
  ...PRIORITY,
  ...([
    'cancel',
    'keys',
    'groups',
    'maxBacklog',
    'retryNow',
    'id',
    'offline',
    'durability',
    'maxHoldMs',
    'contexts',
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
];

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
      'groups',
      'staysIdle',
      'retryNow',
      'id',
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
    features: [
      ...CAPABILITIES,
      ...LETTERS,
      ...TIMES,
      ...PRIORITY,
      'cancel',
      'maxBacklog',
      ...KEYS,
      ...INSPECTED,
      'groups',
      'retryNow',
      'id',
      'offline',
      'contexts',
      'expiry',
    ],
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
