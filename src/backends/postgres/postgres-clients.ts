/** The part of the clients that the library uses. Values are texts; every statement casts them. */

/** A result row: one column with one text. */
type Row = Readonly<Record<string, unknown>>;

/** `postgres` 3: the `sql` of `postgres(…)`, and the `sql` of a transaction that `sql.begin` gives. */
export interface PostgresSql {
  // `never[]` accepts a function of any signature: the tagged template is not used.
  (...template: never[]): unknown;
  unsafe(
    query: string,
    values?: string[],
    options?: { prepare?: boolean },
  ): PromiseLike<readonly Row[]>;
  listen?(
    channel: string,
    onHint: () => void,
    onListen?: () => void,
  ): PromiseLike<PostgresListening>;
}

interface PostgresListening {
  unlisten(): PromiseLike<unknown>;
}

/** `pg` 8: a `Client`, or a client of a `Pool`. */
export interface PgClient {
  query(query: PgQuery): PromiseLike<{ readonly rows: readonly Row[] }>;
  on(event: string, listener: (...given: never[]) => void): unknown;
}

interface PgQuery {
  name?: string;
  text: string;
  values: string[];
}

/** `pg` 8: a `Pool`. One of its clients is kept while consumers wait for hints. */
export interface PgPool {
  readonly totalCount: number;
  query(query: PgQuery): PromiseLike<{ readonly rows: readonly Row[] }>;
  connect(): PromiseLike<PgClient & { release(destroy?: boolean): void }>;
}

/** `@electric-sql/pglite`: a `PGlite`, or its transaction. */
export interface PgliteClient {
  query(query: string, values?: string[]): PromiseLike<{ readonly rows: readonly unknown[] }>;
  exec(query: string): PromiseLike<unknown>;
  listen(channel: string, onHint: () => void): PromiseLike<() => PromiseLike<unknown>>;
}

/** What `postgresBackend` takes as `sql`. */
export type PostgresClient = PostgresSql | PgPool | PgClient | PgliteClient;

/**
 * What `publish` takes as `sql`: the client of a transaction that the program has begun.
 *
 * @example
 * const tx: PostgresTransaction = await pool.connect(); // of pg; then run BEGIN
 */
export type PostgresTransaction =
  | Pick<PostgresSql, 'unsafe'>
  | Pick<PgClient, 'query'>
  | Pick<PgliteClient, 'query' | 'exec'>;
