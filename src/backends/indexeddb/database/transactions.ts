import type { Durability } from '../../../core/events/message.ts';
import { commitsInPart } from '../../../platform/commits-in-part.ts';
import type { StoreName } from '../schema/schema.ts';
import { mayBeRefusal, notStorableError, RefusedError } from './refused-values.ts';
import { failedBecause, nameOf, partlyStoredError, storageError } from './storage-errors.ts';
import { watchEnds } from './transaction-ends.ts';

/**
 * How a transaction ends.
 *
 * - `commit`: `commit()` is called after the last request, so that a frozen page cannot delay the end. If a request then
 *   fails, Firefox still commits the others, unless the failing request was the last. In WebKit it is `auto`, see
 *   commits-in-part.ts.
 * - `auto`: the transaction ends when its last request is done, for which the page must be awake. A failure aborts it.
 */
export type Ending = 'commit' | 'auto';

export interface WriteOptions {
  /** Default `relaxed`. */
  readonly durability?: Durability;
  /** Default `commit`. */
  readonly ending?: Ending | undefined;
  /** The caller checks each request: the promise also resolves if some requests failed and the others were committed. */
  readonly checksRequests?: boolean;
  /** Stores that `onIssued` reads. */
  readonly alsoReads?: readonly StoreName[];
  /**
   * How many of the last writes are guards. Default 1. With more the ending must be `auto`, because Firefox commits the others
   * where one fails that is not the last.
   */
  readonly guardCount?: number;
  /** Called when all requests are issued. A transaction that any context begins afterwards runs after this one. */
  readonly onIssued?: (requests: readonly IDBRequest[]) => void;
}

/**
 * The one place where transactions are made. All requests are issued at once, followed by `commit()`. So no transaction waits for
 * JavaScript, and a frozen or busy tab cannot block a store. In WebKit there is no `commit()`. It uses native events, because
 * `idb`'s `tx.done` also rejects for errors that did not end the transaction, and hides their names.
 * {@link https://github.com/jakearchibald/idb/issues/320}
 */
async function run<T>(
  database: IDBDatabase,
  stores: Iterable<string>,
  mode: IDBTransactionMode,
  { durability = 'relaxed', ending = 'commit', checksRequests = false }: WriteOptions,
  issue: (transaction: IDBTransaction) => T,
  awaitEnd: (transaction: IDBTransaction, issued: T, done: () => void) => void = awaitCommit,
): Promise<T> {
  // Outside of the promise, which would reject before a caller could have handled it: see core/delivery/rejection.ts.
  const transaction = database.transaction([...stores], mode, { durability });
  return new Promise((resolve, reject) => {
    const stopWatching = watchEnds(database, transaction, reject);
    let failure: DOMException | null = null;
    transaction.onerror = ({ target }) => {
      failure ??= (target as IDBRequest).error;
    };
    transaction.onabort = async () => {
      const { error } = transaction;
      // In Firefox the transaction's own error is `AbortError` where its last request failed.
      const hasReason = error !== null && error.name !== 'AbortError';
      const cause = hasReason ? error : (failure ?? error);
      const isRefusal = mayBeRefusal(cause) && (await isUsable(database));
      stopWatching();
      reject(
        isRefusal
          ? new RefusedError('storage', failedBecause(cause), { cause })
          : storageError(cause),
      );
    };
    try {
      const issued = issue(transaction);
      awaitEnd(transaction, issued, () => {
        stopWatching();
        if (failure && !checksRequests) reject(partlyStoredError(failure));
        else resolve(issued);
      });
      if (ending === 'commit' && !commitsInPart()) transaction.commit();
    } catch (error) {
      // A request could not be issued, so the requests before it must not be committed.
      transaction.abort();
      reject(error);
    }
  });
}

function awaitCommit(transaction: IDBTransaction, _: unknown, done: () => void): void {
  transaction.oncomplete = done;
}

/** Whether the connection still works, found out by a request. The error of the last transaction does not show it. */
function isUsable(database: IDBDatabase): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = database.transaction('meta').objectStore('meta').count();
      request.onsuccess = () => resolve(true);
      request.onerror = () => resolve(false);
    } catch {
      // The connection is closed.
      resolve(false);
    }
  });
}

/** The requests of one transaction, by purpose. */
export type Requests = IDBRequest | readonly Requests[] | { readonly [purpose: string]: Requests };

/**
 * Reads. When the promise resolves, the returned requests have their results. It waits for the requests and not for
 * `complete`, which comes later, or in Chromium earlier than results of more than 64 KiB, which are kept in files.
 */
export function read<T extends Requests>(
  database: IDBDatabase,
  stores: readonly string[],
  issue: (transaction: IDBTransaction) => T,
): Promise<T> {
  return run(database, stores, 'readonly', {}, issue, awaitResults);
}

function awaitResults(_: IDBTransaction, requests: Requests, done: () => void): void {
  const pending = new Set(flatten(requests));
  if (pending.size === 0) return done();
  for (const request of pending)
    request.onsuccess = () => {
      pending.delete(request);
      if (pending.size === 0) done();
    };
}

function flatten(requests: Requests): IDBRequest[] {
  if (requests instanceof IDBRequest) return [requests];
  return Object.values(requests).flatMap(flatten);
}

/**
 * One change of a row. A transaction is a list of changes that is complete before it begins, so no foreign code runs in
 * it. It locks only the stores in the list: publishing does not wait for transactions that change no segments.
 */
export type Write =
  | readonly [verb: 'add' | 'put', store: StoreName, row: unknown, key?: IDBValidKey]
  | readonly [
      verb: 'delete',
      store: StoreName,
      key: IDBValidKey | readonly IDBValidKey[] | IDBKeyRange,
    ];

/** The arguments of each verb are in {@link Write}. */
type Verbs = Record<Write[0], (...given: readonly unknown[]) => IDBRequest>;

/** Writes all or nothing, in order. Resolves with the requests once the transaction is committed. */
export function write(
  database: IDBDatabase,
  writes: readonly Write[],
  options: WriteOptions = {},
): Promise<readonly IDBRequest[]> {
  const stores = new Set([...writes.map(([, store]) => store), ...(options.alsoReads ?? [])]);
  return run(database, stores, 'readwrite', options, (transaction) => {
    const requests = writes.map((change) => issueWrite(transaction, change));
    options.onIssued?.(requests);
    return requests;
  });
}

function issueWrite(transaction: IDBTransaction, [verb, store, ...given]: Write): IDBRequest {
  const target = transaction.objectStore(store) as unknown as Verbs;
  try {
    return target[verb](...given);
  } catch (cause) {
    if (nameOf(cause) !== 'DataCloneError') throw cause;
    // The transaction is about to be aborted, so the values tried here are not stored. Each store with payloads takes this key.
    throw notStorableError(given[0], cause, (value) => {
      try {
        target.put({ id: '', queue: '', eventId: '', value });
        return true;
      } catch {
        return false;
      }
    });
  }
}

/**
 * Writes all or nothing, if the key of the last write, an `add`, is free (of the last writes, see `guardCount`). Resolves with
 * false if it is taken. The `add` must be last, because Firefox commits the other requests when one fails after `commit()`,
 * unless it was the last. The result comes from the request's own error, because engines name the transaction's error
 * differently.
 */
export async function writeGuarded(
  database: IDBDatabase,
  writes: readonly Write[],
  options: WriteOptions,
): Promise<boolean> {
  let guards: readonly IDBRequest[] = [];
  try {
    await write(database, writes, {
      ...options,
      onIssued: (requests) => {
        guards = requests.slice(-(options.guardCount ?? 1));
        options.onIssued?.(requests);
      },
    });
  } catch (error) {
    if (!guards.some((guard) => errorOf(guard)?.name === 'ConstraintError')) throw error;
  }
  return !guards.some(errorOf);
}

/** The error of a request, if it is done. Chromium may abort at the quota before, and reading `error` throws then. */
export function errorOf(request: IDBRequest | undefined): DOMException | null | undefined {
  return request?.readyState === 'done' ? request.error : null;
}
