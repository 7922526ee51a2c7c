import type { AsyncEventBackend } from 'ackline';
import { memoryBackend, memoryStore, syncMemoryBackend } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { ManualRuntime, Requirement } from 'ackline/testing';
import { asyncOverSync } from './async-over-sync.ts';

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
];

/** The one table: name → backend. */
export const testedBackends = {
  memory: {
    features: [...CAPABILITIES, 'contexts', 'waiting', 'expiry'],
    open(runtime) {
      const store = memoryStore({ runtime });
      return () => memoryBackend({ store });
    },
  },
  'memory (synchronous)': {
    features: [...CAPABILITIES, 'contexts', 'expiry'],
    open(runtime) {
      const store = memoryStore({ runtime });
      return () => asyncOverSync(syncMemoryBackend({ store }));
    },
  },
  IndexedDB: {
    features: [...CAPABILITIES, 'durability', 'maxHoldMs', 'contexts', 'waiting'],
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return () => indexedDbBackend({ database, runtime });
    },
  },
  'IndexedDB (available)': {
    features: [...CAPABILITIES, 'durability', 'maxHoldMs', 'contexts', 'waiting', 'expiry'],
    open(runtime) {
      const database = `conformance-${crypto.randomUUID()}`;
      return () => indexedDbBackend({ database, runtime, leaseMode: 'available' });
    },
  },
} satisfies Readonly<Record<string, TestedBackend>>;
