import type { AsyncEventBackend, EventMessage } from 'ackline';
import {
  type IndexedDbBackend,
  type IndexedDbBackendOptions,
  indexedDbBackend,
} from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { onTestFinished } from 'vitest';
import { nextTask } from '../../support/next-task.ts';

/** What the built-in backends have beyond the five verbs, without the question marks. */
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
  /** A further context over the same database. */
  open(options?: Partial<IndexedDbBackendOptions>): FullBackend;
  /** All rows of a store, as the database has them. */
  rows(store: string): Promise<unknown[]>;
  /** The same, once the rows of what was settled have been cleared away. */
  rowsLeft(store: string): Promise<unknown[]>;
  /** Resolves when what is to be cleared up by now is. */
  tidied(): Promise<void>;
}

/** So long after a settlement its rows are gone, and after nothing was due the queue is cleared up. */
const CLEARED_MS = 250;
/** In so many steps a queue is cleared up, at the most. */
const STEPS = 80;

async function clearedUp(database: string, runtime: ManualRuntime): Promise<void> {
  await runtime.advance(CLEARED_MS);
  for (let step = 0; step < STEPS; step += 1) {
    await oneStep(database);
    await runtime.advance(0);
  }
}

/** What was asked of the database before is done. `fake-indexeddb` works by `setImmediate`, which browsers lack. */
async function oneStep(database: string): Promise<void> {
  await nextTask();
  if (typeof setImmediate === 'function') await new Promise((resolve) => setImmediate(resolve));
  // A read comes after the transactions on its store that had begun before it.
  else for (const store of ['segments', 'epochs']) await readRows(database, store);
}

/** A separate database for one test, under a clock that does not advance by itself. */
export function openDatabase(): OpenDatabase {
  const database = crypto.randomUUID();
  const runtime = new ManualRuntime();
  return {
    database,
    runtime,
    open: (options) => {
      const backend = indexedDbBackend({ database, runtime, ...options }) as FullBackend;
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
