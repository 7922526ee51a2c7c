import { AcklineError, codeOf, isBranded, QuotaError } from '../../../core/errors.ts';
import type { Durability } from '../../../core/message.ts';
import { partOf } from '../../../core/part-of.ts';
import type { Stop } from '../../../core/runtime.ts';
import type { StoreName } from '../schema/schema.ts';
import { mayBeRefusal, notStorableError, RefusedError } from './refused-values.ts';

/**
 * How a transaction ends. `commit` asks for it at once and waits for nobody; but in Firefox a request that then
 * fails undoes nothing unless it was the last: the others are committed. `auto` ends by itself when the last request
 * is done, for which the page has to be awake; a failure undoes all.
 */
export type Ending = 'commit' | 'auto';

export interface WriteOptions {
  /** Default `relaxed`. */
  readonly durability?: Durability;
  /** Default `commit`. */
  readonly ending?: Ending | undefined;
  /** The caller looks at each request: a transaction that was committed without some of them resolves. */
  readonly looksAtRequests?: boolean;
  /** All requests are on their way: a transaction that begins from now on comes after this one, wherever it begins. */
  readonly onIssued?: (requests: readonly IDBRequest[]) => void;
}

/**
 * The one place where transactions are made. All requests are issued at once, then `commit()`: no transaction
 * waits for JavaScript, so that a frozen or busy tab cannot hold a store. Native events and not `idb`'s
 * `tx.done`, which rejects for errors that did not end the transaction and hides their names.
 * {@link https://github.com/jakearchibald/idb/issues/320}
 */
async function run<T>(
  database: IDBDatabase,
  stores: Iterable<string>,
  mode: IDBTransactionMode,
  { durability = 'relaxed', ending = 'commit', looksAtRequests = false }: WriteOptions,
  issue: (transaction: IDBTransaction) => T,
  awaitEnd: (transaction: IDBTransaction, issued: T, done: () => void) => void = awaitCommit,
): Promise<T> {
  // Outside of the promise, which would be rejected before anybody could have taken it: see core/rejection.ts.
  const transaction = database.transaction([...stores], mode, { durability });
  return new Promise((resolve, reject) => {
    const stopWatching = watchLoss(database, reject);
    let failure: DOMException | null = null;
    transaction.onerror = ({ target }) => {
      failure ??= (target as IDBRequest).error;
    };
    transaction.onabort = async () => {
      const { error } = transaction;
      // In Firefox the transaction's own error is `AbortError` where its last request failed.
      const isTold = error !== null && error.name !== 'AbortError';
      const cause = isTold ? error : (failure ?? error);
      const isRefusal = mayBeRefusal(cause) && (await answers(database));
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
        if (failure && !looksAtRequests) reject(partlyStoredError(failure));
        else resolve(issued);
      });
      if (ending === 'commit') transaction.commit();
    } catch (error) {
      // A request that could not even be issued: what was issued before it must not commit.
      transaction.abort();
      reject(error);
    }
  });
}

function awaitCommit(transaction: IDBTransaction, _: unknown, done: () => void): void {
  transaction.oncomplete = done;
}

/**
 * Tells where the platform takes the connection away: transactions are told before, but where site data is cleared
 * Chromium tells nothing to those for which `commit()` was called.
 * {@link https://w3c.github.io/IndexedDB/#closing-connection}
 */
function watchLoss(database: IDBDatabase, onLoss: (error: AcklineError) => void): Stop {
  const lose = () =>
    onLoss(storageError(new DOMException('the connection was lost', 'AbortError')));
  database.addEventListener('close', lose);
  return () => database.removeEventListener('close', lose);
}

/** Whether the connection still works: its next request tells, not the error of the last. */
function answers(database: IDBDatabase): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = database.transaction('meta').objectStore('meta').count();
      request.onsuccess = () => resolve(true);
      request.onerror = () => resolve(false);
    } catch {
      // Closed already: there is no next request.
      resolve(false);
    }
  });
}

/** The requests of one transaction, by what they are for. */
export type Requests = IDBRequest | readonly Requests[] | { readonly [purpose: string]: Requests };

/**
 * Reads; the results of the returned requests are there when the promise resolves. They say so themselves, and not
 * `complete`, which comes later; or, in Chromium, earlier: values of more than 64 KiB are kept in files.
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
 * One change of a row. A transaction is such a list, made before it begins: it names the stores, and no other, so that
 * publishing goes on beside what leaves the segments alone; and nobody's code runs within.
 */
export type Write =
  | readonly [verb: 'add' | 'put', store: StoreName, row: unknown, key?: IDBValidKey]
  | readonly [
      verb: 'delete',
      store: StoreName,
      key: IDBValidKey | readonly IDBValidKey[] | IDBKeyRange,
    ];

/** What each verb takes is in {@link Write}. */
type Verbs = Record<Write[0], (...given: readonly unknown[]) => IDBRequest>;

/** Writes all or nothing, in order; resolves with the requests when committed, and not before. */
export function write(
  database: IDBDatabase,
  writes: readonly Write[],
  options: WriteOptions = {},
): Promise<readonly IDBRequest[]> {
  const stores = new Set(writes.map(([, store]) => store));
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
    // The transaction is about to be aborted: what is put on trial is not stored. Stores that hold values take this key.
    throw notStorableError(given[0], cause, (value) => {
      try {
        target.put({ id: '', value });
        return true;
      } catch {
        return false;
      }
    });
  }
}

/**
 * Writes all or nothing, on condition: the last write is an `add`; resolves with false where its key was taken. It
 * must be the last, and the request's own error tells: when a request fails after `commit()`, Firefox commits the
 * others unless it was the last, and engines name the transaction's error differently.
 */
export async function writeGuarded(
  database: IDBDatabase,
  writes: readonly Write[],
  options: WriteOptions,
): Promise<boolean> {
  let guard: IDBRequest | undefined;
  try {
    await write(database, writes, {
      ...options,
      onIssued: (requests) => {
        guard = requests.at(-1);
        options.onIssued?.(requests);
      },
    });
  } catch (error) {
    if (errorOf(guard)?.name !== 'ConstraintError') throw error;
  }
  return !errorOf(guard);
}

/** Chromium may abort at the quota before a request is done, and `error` throws then. */
export function errorOf(request: IDBRequest | undefined): DOMException | null | undefined {
  return request?.readyState === 'done' ? request.error : null;
}

/** The library's error for one of the platform's. */
export function storageError(cause: unknown): AcklineError {
  if (isBranded(cause, 'AcklineError')) return cause as AcklineError;
  if (nameOf(cause) === 'QuotaExceededError') return quotaError(cause);
  return new AcklineError('storage', failedBecause(cause), { cause });
}

/**
 * A transaction completed though a request failed: what that was for is not stored, all else is. The browser's error is
 * one level deeper than usual, so that nothing is repeated for its sake.
 */
export function partlyStoredError(failure: DOMException | null): AcklineError {
  const message = `IndexedDB completed a transaction in which a request failed: ${failure?.name}`;
  return new AcklineError('storage', message, { cause: storageError(failure) });
}

function failedBecause(cause: unknown): string {
  return `IndexedDB failed: ${nameOf(cause) ?? 'unknown error'}`;
}

/** By its name: errors of the platform may come from another realm, or from something that stands in for it. */
export function nameOf(error: unknown): unknown {
  return partOf(error, 'name');
}

export function quotaError(cause: unknown): QuotaError {
  return new QuotaError('the storage quota is used up; nothing was stored', { cause });
}

/** Closed before the transaction could begin. */
export function neverBegan(error: unknown): boolean {
  return nameOf(error) === 'InvalidStateError';
}

/** Lost, as far as can be known; unless it is a {@link RefusedError}, with its connection. */
export function isLost(error: unknown): boolean {
  if (codeOf(error) === 'quota') return false;
  const cause = isBranded(error, 'AcklineError') ? partOf(error, 'cause') : error;
  // WebKit gives no reason for a transaction that it aborts itself.
  if (cause === null || cause === undefined) return true;
  return /^(InvalidState|Abort|Unknown)Error$/.test(String(nameOf(cause)));
}
