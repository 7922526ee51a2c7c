import { AcklineError } from '../../../core/reports/errors.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { MetaRow } from '../schema/meta-row.ts';
import { type DatabaseOptions, openDatabase } from './open-database.ts';
import { storageError } from './storage-errors.ts';
import { read, write } from './transactions.ts';

const MARK: MetaRow = { key: 'destroyed' };

/** Whether a deletion that is about to happen was begun by `destroy()`. Never rejects. */
async function isMarkedDestroyed(database: IDBDatabase): Promise<boolean> {
  try {
    const mark = await read(database, ['meta'], (tx) => tx.objectStore('meta').get(MARK.key));
    return mark.result !== undefined;
  } catch {
    // The connection is lost. The database may be gone, and nothing shows which context deleted it.
    return false;
  }
}

/**
 * Calls `drop` when the platform has closed the connection, and when an upgrade or a deletion needs it to be closed. A
 * deletion waits for the connection, so it is first found out whether `destroy()` began it.
 */
export function dropWhenAsked(
  database: IDBDatabase,
  drop: () => void,
  onDestroyed: () => void,
): void {
  database.onclose = drop;
  database.onversionchange = async ({ newVersion }) => {
    const isDestroyed = newVersion === null && (await isMarkedDestroyed(database));
    drop();
    if (isDestroyed) onDestroyed();
  };
}

/**
 * Deletes the database and resolves when it is gone. It first stores a mark, so that contexts that have the database open
 * do not create it again after `versionchange`. A database of another program is refused and stays.
 */
export async function destroyDatabase(options: DatabaseOptions): Promise<void> {
  if (options.factory === undefined) return;
  try {
    const database = await openDatabase(options, ignore);
    await write(database, [['put', 'meta', MARK]]).finally(() => database.close());
  } catch (error) {
    // No mark can be stored in the database of a later library version. It is deleted without one.
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
