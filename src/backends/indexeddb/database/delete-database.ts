import { AcklineError } from '../../../core/errors.ts';
import { ignore } from '../../../core/ignore.ts';
import type { MetaRow } from '../schema/schema.ts';
import { type DatabaseOptions, openDatabase } from './open-database.ts';
import { read, storageError, write } from './transactions.ts';

/** Why a backend is closed whose database was deleted, here or by another context. */
export function destroyedError(database: string): AcklineError {
  return new AcklineError('destroyed', `the database ${database} was deleted`);
}

/** What calls are refused with after a connection was closed. Its cause is the reason, where one was given. */
export function closedError(reason: AcklineError | null): AcklineError {
  if (reason === null) return new AcklineError('closed', 'the database was closed');
  return new AcklineError('closed', reason.message, { cause: reason });
}

const MARK: MetaRow = { key: 'destroyed' };

/** Whether a deletion that is about to happen is one by `destroy()`. Never rejects. */
async function isMarkedDestroyed(database: IDBDatabase): Promise<boolean> {
  try {
    const mark = await read(database, ['meta'], (tx) => tx.objectStore('meta').get(MARK.key));
    return mark.result !== undefined;
  } catch {
    // The connection is lost: the database is gone, and nothing says by whom.
    return false;
  }
}

/**
 * Calls `drop` when an upgrade or a deletion needs the connection closed: for an upgrade at once, for a deletion, which
 * waits for it, after it was found out whether `destroy()` is the cause.
 */
export function makeWay(database: IDBDatabase, drop: () => void, onDestroyed: () => void): void {
  database.onversionchange = async ({ newVersion }) => {
    const isDestroyed = newVersion === null && (await isMarkedDestroyed(database));
    drop();
    if (isDestroyed) onDestroyed();
  };
}

/**
 * Deletes the database and resolves when it is gone. A mark in it tells the contexts that have it open, which close it
 * on `versionchange`, that it is not to be made again. A database of another program is refused, and stays.
 */
export async function destroyDatabase(options: DatabaseOptions): Promise<void> {
  if (options.factory === undefined) return;
  try {
    const database = await openDatabase(options, ignore);
    await write(database, [['put', 'meta', MARK]]).finally(() => database.close());
  } catch (error) {
    // A later version of the library cannot be told; its data is deleted all the same.
    if ((error as AcklineError).code !== 'newer-schema') throw error;
  }
  await deleteDatabase(options.factory, options);
}

function deleteDatabase(
  factory: IDBFactory,
  { database, runtime, openTimeoutMs }: DatabaseOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory.deleteDatabase(database);
    const stopTimer = runtime.after(openTimeoutMs, () => {
      const message = `the database ${database} was not deleted within ${openTimeoutMs} ms (openTimeoutMs): a context that does not answer keeps it open; it is deleted when that context ends`;
      reject(new AcklineError('timeout', message));
    });
    request.onsuccess = () => {
      stopTimer();
      resolve();
    };
    request.onerror = () => {
      stopTimer();
      reject(storageError(request.error));
    };
  });
}
