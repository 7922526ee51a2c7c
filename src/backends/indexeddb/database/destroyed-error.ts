import { AcklineError } from '../../../core/reports/errors.ts';

/** The reason why a backend is closed after this or another context has deleted its database. */
export function destroyedError(database: string): AcklineError {
  return new AcklineError('destroyed', `the database ${database} was deleted`);
}

/** The error of calls after the connection was closed. Its cause is the reason, if there is one. */
export function closedError(reason: AcklineError | null): AcklineError {
  if (reason === null) return new AcklineError('closed', 'the database was closed');
  return new AcklineError('closed', reason.message, { cause: reason });
}

/** The partition of this context was deleted. `found` is a later one in its place, and is closed. */
export function abandonedError(found: IDBDatabase): AcklineError {
  found.close();
  return destroyedError(found.name);
}
