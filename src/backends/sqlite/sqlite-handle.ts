/** A value that SQLite stores. */
export type SqliteValue = null | number | string;

export interface SqliteStatement {
  all(...values: SqliteValue[]): unknown[];
  /** The first row, or null or undefined. */
  get(...values: SqliteValue[]): unknown;
  run(...values: SqliteValue[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
}

/**
 * The part of a database handle that the library uses. `DatabaseSync` of `node:sqlite`, `Database` of `better-sqlite3`, and
 * `Database` of `bun:sqlite` have it. The handle must return integers as numbers, as all three do by default.
 */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
}
