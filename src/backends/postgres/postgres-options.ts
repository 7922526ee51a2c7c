import {
  applyOptions,
  checkOptions,
  checkRuntime,
  DEFAULT_MAX_DEAD_LETTERS,
  type Resolved,
  type Rules,
  refuse,
} from '../../core/options/options.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import { isClient } from './connection.ts';
import type { PostgresClient } from './postgres-clients.ts';

export interface PostgresBackendOptions {
  /**
   * The client that the program has made: the `sql` of `postgres`, a `Pool` or a connected `Client` of `pg`, or a `PGlite`. The
   * program ends it after `shutdown`.
   */
  readonly sql: PostgresClient;
  /**
   * The table of the events, with or without a schema; default `sqlspec_event_queue`, which is that of sqlspec's events extension.
   * What it has no column for lies in tables whose names begin with this one. At most 40 characters.
   */
  readonly table?: string | undefined;
  /**
   * Whether the first call makes the tables that are missing; default true. With `false` it fails with `storage` if one is
   * missing: run `postgresSchema()` yourself, with a role that may create tables.
   */
  readonly createTables?: boolean | undefined;
  /**
   * How long acknowledged events stay in the table, in milliseconds, from 0; default 86,400,000, one day, as in sqlspec. With 0
   * they are deleted at once, which is faster.
   */
  readonly retentionMs?: number | undefined;
  /**
   * Whether a publish notifies the consumers of other processes, and a waiting consumer listens; default true. Without it they see
   * an event at their next poll. A notification makes commits wait for each other.
   */
  readonly notify?: boolean | undefined;
  /** Whether statements are prepared by name; default true. A pool that shares connections between transactions needs false. */
  readonly prepare?: boolean | undefined;
  /** How many dead letters of a channel are kept, from 1; default 10,000. Older ones are deleted: `dead-letters-dropped`. */
  readonly maxDeadLetters?: number | undefined;
  /** The clock for leases and delays. Default: the clock of the system. The machines of one table need clocks that agree. */
  readonly runtime?: Runtime | undefined;
}

export type CheckedOptions = Resolved<PostgresBackendOptions>;

export const DEFAULT_TABLE = 'sqlspec_event_queue';
const ONE_DAY_MS = 86_400_000;

/** As in sqlspec. The names of indexes and of the other tables are longer, and PostgreSQL cuts names at 63 characters. */
const TABLE = /^(?:[A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,39}$/;

export function checkTable(table: unknown): asserts table is string {
  if (typeof table !== 'string' || !TABLE.test(table))
    refuse('table', `a string that matches ${TABLE}`, table);
}

const DEFAULTS: Omit<CheckedOptions, 'sql'> = {
  table: DEFAULT_TABLE,
  createTables: true,
  retentionMs: ONE_DAY_MS,
  notify: true,
  prepare: true,
  maxDeadLetters: DEFAULT_MAX_DEAD_LETTERS,
  runtime: systemRuntime,
};

const RULES: Rules<CheckedOptions> = {
  sql: checkClient,
  table: (_, table) => checkTable(table),
  createTables: [true, false],
  retentionMs: 0,
  notify: [true, false],
  prepare: [true, false],
  maxDeadLetters: 1,
  runtime: (_, runtime) => checkRuntime(runtime as Runtime),
};

function checkClient(option: string, value: unknown): void {
  if (!isClient(value)) refuse(option, 'a client of postgres, pg or PGlite', value);
}

/** The options with their defaults. Throws a `TypeError` for an unknown option or a bad value. */
export function postgresOptions(options: PostgresBackendOptions): CheckedOptions {
  if (options === undefined) refuse('options', 'an object with sql', options);
  checkOptions(options);
  checkClient('sql', options.sql);
  return applyOptions({ ...DEFAULTS, sql: options.sql }, options, RULES);
}
