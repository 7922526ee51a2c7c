import { partOf } from '../../core/runtime/part-of.ts';
import type { PgClient, PgliteClient, PgPool, PostgresSql } from './postgres-clients.ts';

/** Resolves when the server has stopped. */
export type StopListening = () => PromiseLike<unknown> | undefined;

/** A client of a pool. */
type PooledClient = PgClient & { release(destroy?: boolean): void };

/** One of the clients, as the store uses it. */
export interface Connection {
  /** Runs one statement and returns its only text. Undefined where it returns no row. */
  query(text: string, values: string[]): Promise<string | undefined>;
  /**
   * Calls `onHint` at each notification of the channel, and after the connection was lost. Absent: the client cannot listen. The
   * promise resolves when the server listens.
   */
  listen?(channel: string, onHint: () => void): Promise<StopListening>;
}

/** Whether a value is one of the clients, or the client of a transaction. */
export function isClient(value: unknown): boolean {
  const verb = typeof value === 'function' ? 'unsafe' : 'query';
  return typeof partOf(value, verb) === 'function';
}

/** Describes the client by its shape. `prepare`: whether statements are prepared by name, once for each connection. */
export function connectionOf(client: object, prepare: boolean): Connection {
  if (typeof partOf(client, 'unsafe') === 'function')
    return postgresJs(client as PostgresSql, prepare);
  if (typeof partOf(client, 'exec') === 'function') return pglite(client as PgliteClient);
  const isPool = typeof partOf(client, 'totalCount') === 'number';
  return isPool ? pgPool(client as PgPool, prepare) : pgClient(client as PgClient, prepare);
}

function postgresJs(sql: PostgresSql, prepare: boolean): Connection {
  const query: Connection['query'] = async (text, values) =>
    textOf(await sql.unsafe(text, values, { prepare }));
  if (!sql.listen) return { query };
  const listen: Connection['listen'] = async (channel, onHint) => {
    const listening = await sql.listen?.(channel, onHint, onHint);
    return () => listening?.unlisten();
  };
  return { query, listen };
}

function pglite(client: PgliteClient): Connection {
  return {
    query: async (text, values) => textOf((await client.query(text, values)).rows),
    listen: async (channel, onHint) => await client.listen(quoted(channel), onHint),
  };
}

/** The name of each prepared statement. The texts are constant, so that there are few. */
const names = new Map<string, string>();

function named(text: string): string {
  const known = names.get(text) ?? `ackline_${names.size + 1}`;
  names.set(text, known);
  return known;
}

function pgQuery(client: Pick<PgClient, 'query'>, prepare: boolean): Connection['query'] {
  return async (text, values) => {
    const query = prepare ? { name: named(text), text, values } : { text, values };
    return textOf((await client.query(query)).rows);
  };
}

/** The last query of each client. `pg` wants the next one when that has ended. */
const lastQueries = new WeakMap<object, Promise<unknown>>();

/** Runs queries of one client one after the other. */
function oneByOne(client: Pick<PgClient, 'query'>, prepare: boolean): Connection['query'] {
  const query = pgQuery(client, prepare);
  return (text, values) => {
    const last = lastQueries.get(client) ?? Promise.resolve();
    const next = last.then(() => query(text, values));
    lastQueries.set(
      client,
      next.catch(() => undefined),
    );
    return next;
  };
}

function pgClient(client: PgClient, prepare: boolean): Connection {
  const query = oneByOne(client, prepare);
  if (typeof client.on !== 'function') return { query };
  const hints = new Map<string, () => void>();
  let isHeard = false;
  return {
    query,
    listen: async (channel, onHint) => {
      hints.set(channel, onHint);
      if (!isHeard) client.on('notification', (message) => hints.get(channelOf(message))?.());
      isHeard = true;
      await query(`LISTEN ${quoted(channel)}`, []);
      return () => {
        hints.delete(channel);
        return query(`UNLISTEN ${quoted(channel)}`, []);
      };
    },
  };
}

/** The client of each pool that listens, for all backends over the pool, because a pool has few clients. */
const listeners = new WeakMap<object, Promise<PoolListener>>();

function pgPool(pool: PgPool, prepare: boolean): Connection {
  const query = pgQuery(pool, prepare);
  // The only client of a pool cannot be kept for hints.
  if (partOf(partOf(pool, 'options'), 'max') === 1) return { query };
  const listen: Connection['listen'] = async (channel, onHint) => {
    const opening = listeners.get(pool) ?? PoolListener.open(pool);
    listeners.set(pool, opening);
    opening.catch(() => listeners.delete(pool));
    return (await opening).listen(channel, onHint);
  };
  return { query, listen };
}

/** The client of a pool that listens. It is closed when nothing listens any more. */
class PoolListener {
  readonly #pool: PgPool;
  readonly #client: PooledClient;
  readonly #hints = new Map<string, Set<() => void>>();
  #isClosed = false;

  private constructor(pool: PgPool, client: PooledClient) {
    this.#pool = pool;
    this.#client = client;
    client.on('notification', (message: unknown) => this.#hear(channelOf(message)));
    const lose = () => this.#lose();
    client.on('error', lose);
    client.on('end', lose);
  }

  static async open(pool: PgPool): Promise<PoolListener> {
    return new PoolListener(pool, await pool.connect());
  }

  async listen(channel: string, onHint: () => void): Promise<StopListening> {
    const hints = this.#hints.get(channel) ?? new Set();
    this.#hints.set(channel, hints.add(onHint));
    const stop = () => {
      hints.delete(onHint);
      if (hints.size === 0) this.#hints.delete(channel);
      // A client that goes back to the pool would still get notifications. It is closed.
      if (this.#hints.size === 0) this.#close();
      return undefined;
    };
    try {
      await oneByOne(this.#client, false)(`LISTEN ${quoted(channel)}`, []);
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  #hear(channel: string): void {
    for (const onHint of [...(this.#hints.get(channel) ?? [])]) onHint();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    listeners.delete(this.#pool);
    this.#client.release(true);
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.#close();
    for (const channel of [...this.#hints.keys()]) this.#hear(channel);
  }
}

function channelOf(message: unknown): string {
  return String(partOf(message, 'channel'));
}

function quoted(channel: string): string {
  return `"${channel}"`;
}

/** The name of the column may have been changed by the client. */
function textOf(rows: readonly unknown[]): string | undefined {
  const [row] = rows;
  if (typeof row !== 'object' || row === null) return undefined;
  const [value] = Object.values(row);
  return typeof value === 'string' ? value : undefined;
}
