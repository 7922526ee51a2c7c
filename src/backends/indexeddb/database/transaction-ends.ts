import type { Stop } from '../../../core/runtime/runtime.ts';
import { storageError } from './storage-errors.ts';

/** What aborts each transaction in progress, by its connection. */
const inProgress = new WeakMap<IDBDatabase, Set<() => void>>();

/**
 * Aborts the transactions in progress that need the page to end, because it is suspended: WebKit keeps them open for as long as the
 * page is in the back/forward cache, and no other context can write meanwhile. They reject as if they had never begun.
 */
export function abortUnfinished(database: IDBDatabase): void {
  for (const abort of inProgress.get(database) ?? []) abort();
}

/**
 * Rejects when the platform closes the connection, and by {@link abortUnfinished}, until the returned function is called. When
 * site data is cleared Chromium fires no event at transactions for which `commit()` was called, and WebKit fires no `abort` at
 * one whose connection is closed before.
 * {@link https://w3c.github.io/IndexedDB/#closing-connection}
 */
export function watchEnds(
  database: IDBDatabase,
  transaction: IDBTransaction,
  reject: (error: unknown) => void,
): Stop {
  const lose = () =>
    reject(storageError(new DOMException('the connection was lost', 'AbortError')));
  const abort = () => {
    try {
      transaction.abort();
      reject(new DOMException('suspended', 'InvalidStateError'));
    } catch {
      // It ends by itself: `commit()` was called, or its last request is done.
    }
  };
  const aborts = inProgress.get(database) ?? new Set();
  inProgress.set(database, aborts.add(abort));
  database.addEventListener('close', lose);
  return () => {
    aborts.delete(abort);
    database.removeEventListener('close', lose);
  };
}
