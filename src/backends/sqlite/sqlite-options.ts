import { DURABILITIES } from '../../core/admission.ts';
import type { Durability } from '../../core/events/message.ts';
import {
  checkChoice,
  checkOptions,
  checkRuntime,
  checkWholeNumber,
  DEFAULT_MAX_DEAD_LETTERS,
  refuse,
} from '../../core/options/options.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import type { SqliteDatabase } from './sqlite-handle.ts';

export interface SyncSqliteBackendOptions {
  /**
   * The open handle of a database: `DatabaseSync` of `node:sqlite`, `Database` of `better-sqlite3` or of `bun:sqlite`. Give the
   * backend a handle of its own: it sets `journal_mode = WAL`, `synchronous`, `wal_autocheckpoint = 10000` and `busy_timeout = 0`
   * on it, and writes the log to the database after every 400 commits. The program closes the handle after `shutdown`.
   */
  readonly database: SqliteDatabase;
  /** Begins the names of the backend's tables, so that they can lie beside those of the program; default `ackline_`. */
  readonly tablePrefix?: string | undefined;
  /**
   * `'relaxed'`, the default: a commit survives the end of the process, and may be lost when the machine loses power, without
   * damage to the database. `'strict'`: each commit waits for the disk.
   */
  readonly durability?: Durability | undefined;
  /** How long a call waits while another connection writes, in milliseconds, from 0; default 5,000. Then it fails with `busy`. */
  readonly busyTimeoutMs?: number | undefined;
  /** How many dead letters of a channel are kept, from 1; default 10,000. Older ones are deleted: `dead-letters-dropped`. */
  readonly maxDeadLetters?: number | undefined;
  /** The clock for leases and delays. Default: the clock of the system. Processes of one database need one clock. */
  readonly runtime?: Runtime | undefined;
}

export interface SqliteBackendOptions extends SyncSqliteBackendOptions {
  /**
   * How often a waiting consumer looks whether another process has committed, in milliseconds, from 1; default 20. It costs some
   * microseconds each time, and delays events of other processes by half of it on average. Events of the same thread arrive at
   * once.
   */
  readonly hintIntervalMs?: number | undefined;
}

type Checked = Required<{
  [Option in keyof SqliteBackendOptions]: NonNullable<SqliteBackendOptions[Option]>;
}>;

/** The names of the options. */
export const SYNC_NAMES: readonly string[] = [
  ...['database', 'tablePrefix', 'durability', 'busyTimeoutMs', 'maxDeadLetters', 'runtime'],
];
const NAMES: readonly string[] = [...SYNC_NAMES, 'hintIntervalMs'];

const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** The options with their defaults. Throws a `TypeError` for an unknown option or a bad value. */
export function sqliteOptions(
  options: SqliteBackendOptions,
  names: readonly string[] = NAMES,
): Checked {
  if (options === undefined) refuse('options', 'an object with database', options);
  checkOptions(options);
  for (const name of Object.keys(options))
    if (!names.includes(name)) throw new TypeError(`there is no option ${JSON.stringify(name)}`);
  const {
    database,
    tablePrefix = 'ackline_',
    durability = 'relaxed',
    busyTimeoutMs = 5_000,
    maxDeadLetters = DEFAULT_MAX_DEAD_LETTERS,
    runtime = systemRuntime,
    hintIntervalMs = 20,
  } = options;
  if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function')
    refuse(
      'database',
      'the open handle of a SQLite database, such as new DatabaseSync(path)',
      database,
    );
  if (typeof tablePrefix !== 'string' || !PREFIX.test(tablePrefix))
    refuse('tablePrefix', `a string that matches ${PREFIX}`, tablePrefix);
  checkChoice('durability', durability, DURABILITIES);
  checkWholeNumber('busyTimeoutMs', busyTimeoutMs, 0);
  checkWholeNumber('maxDeadLetters', maxDeadLetters, 1);
  checkWholeNumber('hintIntervalMs', hintIntervalMs, 1);
  checkRuntime(runtime);
  return {
    database,
    tablePrefix,
    durability,
    busyTimeoutMs,
    maxDeadLetters,
    runtime,
    hintIntervalMs,
  };
}
