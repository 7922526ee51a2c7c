import type { Durability } from '../../core/events/message.ts';
import { refuse } from '../../core/options/options.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { lockPauseMs, pauseThread } from './lock-wait.ts';
import { LogCheckpoints } from './log-checkpoints.ts';
import { openSchema } from './open-schema.ts';
import { busyError, isBusy, storageError } from './sqlite-errors.ts';
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-handle.ts';

export interface ConnectionParts {
  readonly database: SqliteDatabase;
  readonly tablePrefix: string;
  readonly durability: Durability;
  readonly runtime: Runtime;
  /** How long a call blocks its thread for a lock, in milliseconds. */
  readonly maxBlockMs: number;
}

/**
 * Statements and transactions over the handle of the user.
 *
 * States: unopened, until the first call; idle; in a read or write transaction, which begins and ends within one call. A write
 * within a write joins it. The functions given to {@link afterCommit} run when the outermost write has committed.
 */
export class SqliteConnection {
  readonly parts: ConnectionParts;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #checkpoints = new LogCheckpoints(this);
  #isOpen = false;
  #isWriting = false;
  #afterCommit: (() => void)[] = [];
  /** Called after each commit. */
  onCommit: () => void = () => undefined;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
  }

  /** Rows of a query. `@` in the SQL stands for the prefix of the tables. */
  all<Row>(sql: string, ...values: SqliteValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SqliteValue[]): Row | undefined {
    return (this.#statement(sql).get(...values) as Row | null | undefined) ?? undefined;
  }

  /** Returns the number of changed rows. */
  run(sql: string, ...values: SqliteValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** Returns the number of the new row. */
  insert(sql: string, ...values: SqliteValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  /** Runs reads. Several of them see one state of the database only inside {@link write}. */
  read<T>(work: () => T): T {
    this.open();
    return this.#isWriting ? work() : this.#unlocked(work);
  }

  /** Runs reads and writes as one transaction. Nothing is stored if `work` throws. */
  write<T>(work: () => T): T {
    if (this.#isWriting) return work();
    this.open();
    this.#unlocked(() => this.#statement('BEGIN IMMEDIATE').run());
    this.#isWriting = true;
    try {
      const result = work();
      this.#statement('COMMIT').run();
      this.#end();
      return result;
    } catch (error) {
      this.#rollBack();
      throw storageError(error);
    }
  }

  /** Runs a part of a write. If it throws, the part is undone, and the write goes on with the error. */
  attempt<T>(work: () => T): T {
    const kept = this.#afterCommit.length;
    this.#statement('SAVEPOINT ackline_part').run();
    try {
      const result = work();
      this.#statement('RELEASE ackline_part').run();
      return result;
    } catch (error) {
      this.#afterCommit.length = kept;
      this.#statement('ROLLBACK TO ackline_part').run();
      this.#statement('RELEASE ackline_part').run();
      throw error;
    }
  }

  /** Runs `call` after the commit of the present write, and not at all if that fails. */
  afterCommit(call: () => void): void {
    this.#afterCommit.push(call);
  }

  /** Prepares the handle and the tables, once. */
  open(): void {
    if (this.#isOpen) return;
    const row = this.#unlocked(() => this.get<{ one: unknown }>('SELECT 1 AS one'));
    if (typeof row?.one !== 'number')
      refuse('database', 'a handle that returns integers as numbers', row?.one);
    this.#unlocked(() => openSchema(this));
    this.#checkpoints.begin();
    this.#isOpen = true;
  }

  exec(sql: string): void {
    this.parts.database.exec(sql.replaceAll('@', this.parts.tablePrefix));
  }

  #end(): void {
    this.#isWriting = false;
    const calls = this.#afterCommit;
    if (calls.length > 0) this.#afterCommit = [];
    for (const call of calls) call();
    this.onCommit();
    this.#checkpoints.noteCommit();
  }

  #rollBack(): void {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    this.#afterCommit = [];
    try {
      this.#statement('ROLLBACK').run();
    } catch {
      // SQLite has rolled back itself, or the handle is closed. The caller gets the first error.
    }
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const { database, tablePrefix } = this.parts;
    const statement = database.prepare(sql.replaceAll('@', tablePrefix));
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Repeats a call that finds the database locked, until the pauses together are as long as `maxBlockMs`. */
  #unlocked<T>(call: () => T): T {
    const { maxBlockMs, runtime } = this.parts;
    let waitedMs = 0;
    for (let failures = 0; ; failures += 1)
      try {
        return call();
      } catch (error) {
        if (!isBusy(error)) throw storageError(error);
        if (waitedMs >= maxBlockMs) throw busyError(maxBlockMs, error);
        const ms = Math.min(lockPauseMs(failures, runtime.random()), maxBlockMs - waitedMs);
        pauseThread(ms);
        waitedMs += ms;
      }
  }
}
