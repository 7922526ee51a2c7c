import { AcklineError } from '../../core/errors.ts';
import type { DatabaseOptions } from './open-database.ts';
import { storageError } from './transact.ts';

/** Why a backend is closed whose database was deleted, here or by another context. */
export function destroyedError(database: string): AcklineError {
  return new AcklineError('destroyed', `the database ${database} was deleted`);
}

/** What calls are refused with after a connection was closed. Its cause is the reason, where one was given. */
export function closedError(reason: AcklineError | null): AcklineError {
  if (reason === null) return new AcklineError('closed', 'the database was closed');
  return new AcklineError('closed', reason.message, { cause: reason });
}

/** Deletes the database and resolves when it is gone. Contexts that have it open close it on `versionchange`. */
export function deleteDatabase({
  factory,
  database,
  runtime,
  openTimeoutMs,
}: DatabaseOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (factory === undefined) return resolve();
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
