import { AcklineError } from '../../core/errors.ts';

export type Durability = 'strict' | 'relaxed';

/**
 * The one place where transactions are made. All requests are issued at once, then `commit()`: no transaction
 * waits for JavaScript, so that a frozen or busy tab cannot hold a store. Native events and not `idb`'s
 * `tx.done`, which rejects for errors that did not end the transaction and hides their names.
 * {@link https://github.com/jakearchibald/idb/issues/320}
 */
function run<T>(
  database: IDBDatabase,
  stores: readonly string[],
  mode: IDBTransactionMode,
  durability: Durability,
  issue: (transaction: IDBTransaction) => T,
  aborted: (transaction: IDBTransaction, issued: T) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction([...stores], mode, { durability });
    const issued = issueAll(transaction, issue);
    transaction.oncomplete = () => resolve(issued);
    transaction.onabort = () => {
      try {
        resolve(aborted(transaction, issued));
      } catch (error) {
        reject(error);
      }
    };
  });
}

function issueAll<T>(transaction: IDBTransaction, issue: (transaction: IDBTransaction) => T): T {
  try {
    const issued = issue(transaction);
    transaction.commit();
    return issued;
  } catch (error) {
    // A request that could not even be issued: what was issued before it must not commit.
    transaction.abort();
    throw error;
  }
}

/** The requests of one transaction, by what they are for. */
export type Requests = IDBRequest | readonly Requests[] | { readonly [purpose: string]: Requests };

/**
 * Reads; the results of the returned requests are there when the promise resolves. That is not said by `complete`
 * alone: Chromium keeps values of more than 64 KiB in files, and after `commit()` they arrive later than it.
 */
export async function read<T extends Requests>(
  database: IDBDatabase,
  stores: readonly string[],
  issue: (transaction: IDBTransaction) => T,
): Promise<T> {
  const requests = await run(database, stores, 'readonly', 'relaxed', issue, (transaction) => {
    throw storageError(transaction.error);
  });
  await Promise.all(flatten(requests).map(untilDone));
  return requests;
}

function flatten(requests: Requests): IDBRequest[] {
  if (requests instanceof IDBRequest) return [requests];
  return Object.values(requests).flatMap(flatten);
}

function untilDone(request: IDBRequest): Promise<void> | undefined {
  if (request.readyState === 'done') return undefined;
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve();
    request.onerror = () => reject(storageError(request.error));
  });
}

/** Writes all or nothing; resolves when committed, and not before. */
export function write<T>(
  database: IDBDatabase,
  stores: readonly string[],
  durability: Durability,
  issue: (transaction: IDBTransaction) => T,
): Promise<T> {
  return run(database, stores, 'readwrite', durability, issue, (transaction) => {
    throw storageError(transaction.error);
  });
}

/**
 * Writes all or nothing, on condition: `issue` returns its last request, an `add`, and resolves with false where
 * the key was taken. It must be the last, and the request's own error tells: when a request fails after
 * `commit()`, Firefox commits the others unless it was the last, and engines name the transaction's error differently.
 */
export async function writeGuarded(
  database: IDBDatabase,
  stores: readonly string[],
  durability: Durability,
  issue: (transaction: IDBTransaction) => IDBRequest,
): Promise<boolean> {
  const guard = await run(
    database,
    stores,
    'readwrite',
    durability,
    issue,
    (transaction, request) => {
      if (request.error?.name === 'ConstraintError') return request;
      throw storageError(transaction.error ?? request.error);
    },
  );
  return !guard.error;
}

/** The library's error for one of the platform's. */
export function storageError(cause: unknown): AcklineError {
  if (cause instanceof AcklineError) return cause;
  const name = cause instanceof Error ? cause.name : 'unknown error';
  if (name === 'QuotaExceededError')
    return new AcklineError('quota', 'the storage quota is used up; nothing was stored', { cause });
  return new AcklineError('storage', `IndexedDB failed: ${name}`, { cause });
}
