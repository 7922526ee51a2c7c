import { describeFailure } from '../../core/options/describe-failure.ts';
import { AcklineError, codeOf, QuotaError } from '../../core/reports/errors.ts';
import { partOf } from '../../core/runtime/part-of.ts';

/** Primary result codes of {@link https://sqlite.org/rescode.html SQLite}. */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NO_DATABASE = 26;

/** The names by which the clients that give no number know the codes. */
const NAMES: Readonly<Record<string, number>> = {
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: LOCKED,
  SQLITE_READONLY: READ_ONLY,
  SQLITE_IOERR: IO_ERROR,
  SQLITE_CORRUPT: CORRUPT,
  SQLITE_FULL: FULL,
  SQLITE_CANTOPEN: CANNOT_OPEN,
  SQLITE_NOTADB: NO_DATABASE,
};

/** What is wrong, and what to do. */
const EXPLAINED: Readonly<Record<number, string>> = {
  [READ_ONLY]:
    'the handle, the file or its folder is read-only: open it for writing, and let the process write to the folder, where the write-ahead log is',
  [IO_ERROR]: 'the disk failed to read or write: check the disk, its mount and its free space',
  [CORRUPT]:
    'the file is damaged: end all processes that use it, keep a copy, and use a backup or the command .recover of the program sqlite3',
  [CANNOT_OPEN]: 'a file of the database cannot be opened: check the path and the rights',
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
  const code = resultCode(cause);
  if (code === FULL)
    return new QuotaError('the disk is full, or the database has its greatest size', { cause });
  if (isBusy(cause)) return busyError(0, cause);
  if (code === NO_DATABASE)
    return new AcklineError(
      'foreign-database',
      `the file is no SQLite database (${said}): open another path`,
      { cause },
    );
  if (/within a transaction/.test(said))
    return new AcklineError(
      'storage',
      'the handle is inside a transaction of the program: give the backend a handle of its own',
      { cause },
    );
  const explained = code === undefined ? undefined : EXPLAINED[code];
  const message = explained ? `${explained} (${said})` : `SQLite failed: ${said}`;
  return new AcklineError('storage', message, { cause });
}

export function busyError(waitedMs: number, cause: unknown): AcklineError {
  const message = `other connections kept the database locked for ${waitedMs} ms (busyTimeoutMs); nothing was stored`;
  return new AcklineError('busy', message, { cause });
}
