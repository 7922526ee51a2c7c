import { AcklineError } from '../../core/reports/errors.ts';
import { StatusBoard } from '../../queue/status-board.ts';
import type { Connection } from './connection.ts';
import { isUnavailable, postgresError } from './postgres-errors.ts';
import { CREATE_TABLES, EVENT_COLUMNS, SCHEMA_VERSION, withTables } from './schema.ts';

export interface DatabaseParts {
  readonly connection: Connection;
  readonly table: string;
  readonly createTables: boolean;
}

/**
 * State of the server, as the last statement has shown it.
 *
 * - `closed`: before the first call, and after shutdown.
 * - `open`: the server has answered.
 * - `reconnecting`: the server could not be reached, for the `reason` given. The client connects again at the next call. A consumer
 *   that waits makes one every `pollIntervalMs`, a listener after its back-off.
 * - `failed`: the tables cannot be used, for the `reason` given. The next call checks them again.
 */
export type PostgresState = 'closed' | 'open' | 'reconnecting' | 'failed';

export interface PostgresStatus {
  readonly state: PostgresState;
  /** Why the state is `reconnecting` or `failed`. Otherwise null. */
  readonly reason: AcklineError | null;
}

/** 12 is the first version whose `MATERIALIZED` keeps a locking query apart. */
const OLDEST_VERSION = 120_000;

const INSPECT = `SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'columns', (SELECT json_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute a
    WHERE a.attrelid = to_regclass('@events') AND a.attnum > 0 AND NOT a.attisdropped),
  'made', obj_description(to_regclass('@details'), 'pg_class'))::text`;

interface Inspection {
  readonly version: number;
  readonly columns: Readonly<Record<string, string>> | null;
  /** The comment of the last table. Null if it is missing. */
  readonly made: string | null;
}

/** Runs statements on tables that were checked, and makes those that are missing. */
export class Database {
  readonly #parts: DatabaseParts;
  readonly #texts = new Map<string, string>();
  readonly board: StatusBoard<PostgresStatus> = new StatusBoard<PostgresStatus>({
    ...{ state: 'closed', reason: null },
  });
  #opening: Promise<void> | undefined;
  #isOpen = false;

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
  }

  /** Runs a statement that returns one JSON text, on the connection of the store or on that of a transaction. */
  async run<Answer>(
    sql: string,
    values: readonly (string | number)[],
    on?: Connection,
  ): Promise<Answer> {
    // Inside a transaction of the program another connection may not be free before the transaction ends.
    if (!on) await this.open();
    else if (!this.#isOpen) await this.#check(on);
    return this.#run(sql, values, on ?? this.#parts.connection);
  }

  /** Checks the tables, once. A failure is forgotten, so that the next call tries again. */
  open(): Promise<void> {
    this.#opening ??= this.#check(this.#parts.connection).then(
      () => {
        this.#isOpen = true;
        this.board.post({ state: 'open', reason: null });
      },
      (error: unknown) => {
        this.#opening = undefined;
        if (!isUnavailable(error)) this.#fail('failed', error);
        throw error;
      },
    );
    return this.#opening;
  }

  /** The statements of this backend have ended. */
  close(): void {
    this.#isOpen = false;
    this.board.post({ state: 'closed', reason: null });
  }

  async #run<Answer>(
    sql: string,
    values: readonly (string | number)[],
    connection: Connection,
  ): Promise<Answer> {
    try {
      const answer = await connection.query(this.#textOf(sql), values.map(String));
      if (this.#isOpen) this.board.post({ state: 'open', reason: null });
      return (answer === undefined ? undefined : JSON.parse(answer)) as Answer;
    } catch (error) {
      const failure = postgresError(error, this.#parts.table);
      if (isUnavailable(failure)) this.#fail('reconnecting', failure);
      throw failure;
    }
  }

  /** The first reason stays, until the state is another one. */
  #fail(state: 'reconnecting' | 'failed', error: unknown): void {
    if (this.board.current.state !== state)
      this.board.post({ state, reason: error as AcklineError });
  }

  async #check(connection: Connection): Promise<void> {
    const { createTables, table } = this.#parts;
    const inspect = () => this.#run<Inspection>(INSPECT, [], connection);
    let found = await inspect();
    if (found.version < OLDEST_VERSION)
      throw new AcklineError(
        'unsupported',
        `the server must be PostgreSQL 12 or newer, it is ${Math.floor(found.version / 10_000)}`,
      );
    if (found.columns) this.#checkColumns(found.columns);
    if (found.columns && found.made !== null && this.#isPresent(found.made)) return;
    if (!createTables)
      throw new AcklineError(
        'storage',
        `the tables of ${table} are ${found.made === null ? 'missing' : 'those of an older release'}: run postgresSchema({ table: '${table}' }), or leave createTables true`,
      );
    await this.#run(CREATE_TABLES, [], connection);
    found = await inspect();
    this.#checkColumns(found.columns ?? {});
    this.#isPresent(found.made ?? '');
  }

  #checkColumns(columns: Readonly<Record<string, string>>): void {
    const { table } = this.#parts;
    for (const [name, type] of Object.entries(EVENT_COLUMNS)) {
      const seen = columns[name];
      if (seen === type) continue;
      const what = seen === undefined ? 'lacks the column' : `has the type ${seen} for`;
      throw new AcklineError(
        'foreign-database',
        `the table ${table} ${what} ${name} (${type}), which sqlspec's events extension has: choose another table, or add the column`,
      );
    }
  }

  /** Whether the tables are those of this release. Throws unless they are, or those of an older one. */
  #isPresent(comment: string): boolean {
    const { table } = this.#parts;
    const [, version] = /^ackline (\d+)$/.exec(comment) ?? [];
    if (version === undefined)
      throw new AcklineError(
        'foreign-database',
        `the table ${table}_ackline was not made by this library: choose another table`,
      );
    if (Number(version) > SCHEMA_VERSION)
      throw new AcklineError(
        'newer-schema',
        `the tables of ${table} have version ${version}, this release knows ${SCHEMA_VERSION}: update ackline`,
      );
    return Number(version) === SCHEMA_VERSION;
  }

  #textOf(sql: string): string {
    const known = this.#texts.get(sql) ?? withTables(sql, this.#parts.table);
    this.#texts.set(sql, known);
    return known;
  }
}
