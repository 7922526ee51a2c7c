import { describeFailure } from '../../core/describe-failure.ts';
import { AcklineError, codeOf, QuotaError } from '../../core/errors.ts';
import { partOf } from '../../core/part-of.ts';

/** Primary result codes of {@link https://sqlite.org/rescode.html SQLite}. */
const BUSY = 5;
const LOCKED = 6;
const FULL = 13;

/** The names by which the clients that give no number know the codes. */
const NAMES: Readonly<Record<string, number>> = {
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: LOCKED,
  SQLITE_FULL: FULL,
};

/**
 * The primary result code of an error: `errcode` of node:sqlite and `errno` of Bun are numbers, `code` of better-sqlite3 is a
 * name. Undefined for any other error.
 */
function resultCode(error: unknown): number | undefined {
  for (const property of ['errcode', 'errno']) {
    const number = partOf(error, property);
    if (typeof number === 'number' && number > 0) return number & 0xff;
  }
  const [name = ''] = /^SQLITE_[A-Z]+/.exec(String(partOf(error, 'code'))) ?? [];
  return NAMES[name];
}

/** Whether another connection held a lock that the call needed. The call may be repeated. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** The error of a call whose statement failed, and which has stored nothing. */
export function storageError(cause: unknown): AcklineError {
  if (codeOf(cause) !== undefined) return cause as AcklineError;
  const said = describeFailure(cause).message;
  if (resultCode(cause) === FULL)
    return new QuotaError('the disk is full, or the database has its greatest size', { cause });
  if (isBusy(cause)) return busyError(0, cause);
  if (/within a transaction/.test(said))
    return new AcklineError(
      'storage',
      'the handle is inside a transaction of the program: give the backend a handle of its own',
      { cause },
    );
  return new AcklineError('storage', `SQLite failed: ${said}`, { cause });
}

export function busyError(waitedMs: number, cause: unknown): AcklineError {
  const message = `other connections kept the database locked for ${waitedMs} ms (busyTimeoutMs); nothing was stored`;
  return new AcklineError('busy', message, { cause });
}
