import { type IDBPDatabase, wrap } from 'idb';
import { pause } from '../../../core/listening/pause.ts';
import { AcklineError } from '../../../core/reports/errors.ts';
import { partOf } from '../../../core/runtime/part-of.ts';
import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { AcklineSchema } from '../schema/schema.ts';
import { SCHEMA_VERSION, upgrade } from '../schema/upgrade.ts';
import { destroyedError } from './destroyed-error.ts';
import { foreignError, isForeign, isForeignByName } from './foreign-database.ts';
import { nameOf, storageError } from './storage-errors.ts';
import { read } from './transactions.ts';

/** Opening is tried again after transient failures, with pauses of up to 50, 100, 200 and 400 ms. */
const MAX_OPEN_TRIES = 5;
const FIRST_PAUSE_MS = 50;

const NO_INDEXEDDB =
  'this context has no IndexedDB (a server, or a test environment): give fallback: memoryFallback, or load fake-indexeddb in tests';

export interface DatabaseOptions {
  /** Undefined where the context has no IndexedDB. */
  readonly factory: IDBFactory | undefined;
  readonly database: string;
  readonly openTimeoutMs: number;
  readonly runtime: Runtime;
  /** Whether the database is created if there is none; default true. Otherwise opening rejects with `destroyed`. */
  readonly mayCreate?: boolean;
}

/**
 * Opens the database, after creating or upgrading it where needed. Transient failures are tried again. `onReplaced` is
 * called if the browser has replaced a damaged database by an empty one, which only Chromium reports.
 */
export async function openDatabase(
  options: DatabaseOptions,
  onReplaced: () => void,
): Promise<IDBDatabase> {
  const { runtime } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await openOnce(options, onReplaced);
    } catch (error) {
      if (tries === MAX_OPEN_TRIES || !isTransient(error)) throw error;
      await pause(runtime, runtime.random() * FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  }
}

/**
 * The random id that the database got when it was created. If it cannot be read, the connection was lost meanwhile, or nothing
 * shows which database this is. It is then closed, so that its next use opens it again, and `known` is the result.
 */
export async function identityOf(
  database: IDBDatabase,
  known: Promise<unknown> | undefined,
): Promise<unknown> {
  try {
    const { result } = await read(database, ['meta'], (tx) =>
      tx.objectStore('meta').get('identity'),
    );
    return (result as { readonly id?: unknown } | undefined)?.id;
  } catch {
    database.close();
    return known;
  }
}

/** One try. A database that opens after the timeout is closed. */
function openOnce(options: DatabaseOptions, onReplaced: () => void): Promise<IDBDatabase> {
  const { factory, database: name, runtime, openTimeoutMs, mayCreate = true } = options;
  return new Promise<IDBDatabase>((resolve, reject) => {
    if (factory === undefined) throw new AcklineError('storage', NO_INDEXEDDB);
    // Throws in a context that may not use storage.
    const request = factory.open(name, SCHEMA_VERSION);
    let isLate = false;
    let isBlocked = false;
    const stopTimer = runtime.after(openTimeoutMs, () => {
      isLate = true;
      reject(timeoutError(name, openTimeoutMs, isBlocked));
    });
    request.onblocked = () => {
      isBlocked = true;
    };
    request.onupgradeneeded = (event) => {
      const { oldVersion, dataLoss } = event as IDBVersionChangeEvent & { dataLoss?: string };
      const transaction = request.transaction as IDBTransaction;
      if (dataLoss === 'total') onReplaced();
      const isForeignOne = oldVersion > 0 && isForeign(request.result);
      if (isForeignOne || (oldVersion === 0 && !mayCreate)) {
        reject(isForeignOne ? foreignError(name) : destroyedError(name));
        // Aborting keeps the version as it was, and creates nothing.
        transaction.abort();
        return;
      }
      const upgraded = wrap(request.result) as IDBPDatabase<AcklineSchema>;
      upgrade(upgraded, oldVersion, runtime.randomId(), transaction);
    };
    // Native events, because `idb`'s wrapper costs a millisecond when a page starts.
    request.addEventListener('success', () => {
      stopTimer();
      const isUsable = !isLate && !isForeign(request.result);
      if (isUsable) return resolve(request.result);
      request.result.close();
      reject(foreignError(name));
    });
    request.addEventListener('error', () => {
      stopTimer();
      reject(request.error);
    });
  }).catch(async (error: unknown) => {
    throw await openError(options, error);
  });
}

/** Whether the failure may be transient. Engines fail with these errors while their storage process restarts. */
function isTransient(error: unknown): boolean {
  return /^(UnknownError|AbortError)$/.test(String(nameOf(partOf(error, 'cause'))));
}

function timeoutError(name: string, openTimeoutMs: number, isBlocked: boolean): AcklineError {
  const why = isBlocked
    ? ': a context with an older version of ackline, or another program that uses this name, keeps it open'
    : '';
  const message = `the database ${name} did not open within ${openTimeoutMs} ms (openTimeoutMs)${why}`;
  return new AcklineError('open-timeout', message);
}

async function openError(
  { factory, database: name, runtime, openTimeoutMs }: DatabaseOptions,
  cause: unknown,
): Promise<AcklineError> {
  if (factory && nameOf(cause) === 'VersionError') {
    if (await isForeignByName(factory, name, runtime, openTimeoutMs)) return foreignError(name);
    const message = `the database ${name} was written by a newer version of ackline, and was left untouched`;
    return new AcklineError('newer-schema', message, { cause });
  }
  return storageError(cause);
}
