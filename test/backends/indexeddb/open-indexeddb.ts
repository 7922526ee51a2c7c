import type { AsyncEventBackend, EventMessage } from 'ackline';
import {
  allFeatures,
  type IndexedDbBackend,
  type IndexedDbBackendOptions,
  indexedDbBackend,
} from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { onTestFinished } from 'vitest';
import { nextTask } from '../../support/next-task.ts';

/** A backend with all verbs of the built-in backends, none of them optional. */
export type FullBackend = IndexedDbBackend &
  Required<
    Pick<
      AsyncEventBackend,
      | 'publishMany'
      | 'dequeueMany'
      | 'reject'
      | 'extend'
      | 'stats'
      | 'deadLetters'
      | 'observe'
      | 'retryNow'
    >
  >;

export interface OpenDatabase {
  readonly database: string;
  readonly runtime: ManualRuntime;
  /** Opens another context over the same database. */
  open(options?: Partial<IndexedDbBackendOptions>): FullBackend;
  /** Reads all rows of a store. */
  rows(store: string): Promise<unknown[]>;
  /** Reads all rows of a store after the rows of settled events were deleted. */
  rowsLeft(store: string): Promise<unknown[]>;
  /** Resolves when the clean-up that is due has ended. */
  tidied(): Promise<void>;
}

/** This time after a settlement its rows are deleted, and this time after an empty scan its queue is cleaned up. */
const CLEARED_MS = 250;
/** The most steps in which a queue is cleaned up. */
const STEPS = 80;

async function clearedUp(database: string, runtime: ManualRuntime): Promise<void> {
  await runtime.advance(CLEARED_MS);
  for (let step = 0; step < STEPS; step += 1) {
    await oneStep(database);
    await runtime.advance(0);
  }
}

/** Resolves when earlier requests to the database are done. `fake-indexeddb` uses `setImmediate`, which browsers lack. */
async function oneStep(database: string): Promise<void> {
  await nextTask();
  if (typeof setImmediate === 'function') await new Promise((resolve) => setImmediate(resolve));
  // A read runs after earlier transactions on its store.
  else for (const store of ['segments', 'epochs']) await readRows(database, store);
}

/**
 * The Web Locks of the platform as an object of its own. A backend whose database is deleted makes later backends with the same
 * object work without locks.
 */
export function separateLocks(): Pick<LockManager, 'request'> {
  const request = (...given: unknown[]) =>
    Reflect.apply(navigator.locks.request, navigator.locks, given);
  return { request: request as LockManager['request'] };
}

/** A separate database for one test, under a clock that does not advance by itself. */
export function openDatabase(): OpenDatabase {
  const database = crypto.randomUUID();
  const runtime = new ManualRuntime();
  return {
    database,
    runtime,
    open: (options) => {
      const backend = indexedDbBackend({
        database,
        runtime,
        features: allFeatures,
        ...options,
      }) as FullBackend;
      onTestFinished(() => backend.shutdown());
      return backend;
    },
    rows: (store) => readRows(database, store),
    rowsLeft: async (store) => {
      await runtime.advance(CLEARED_MS);
      return readRows(database, store);
    },
    tidied: () => clearedUp(database, runtime),
  };
}

async function readRows(database: string, store: string): Promise<unknown[]> {
  const opened = await settled(indexedDB.open(database));
  try {
    return await settled(opened.transaction(store).objectStore(store).getAll());
  } finally {
    opened.close();
  }
}

export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function payloadsOf(messages: readonly EventMessage[]): unknown[] {
  return messages.map(({ payload }) => payload);
}

export function drafts(channel: string, count: number) {
  return Array.from({ length: count }, (_, payload) => ({ channel, payload }));
}
