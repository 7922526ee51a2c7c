import { type IDBPDatabase, unwrap, wrap } from 'idb';
import { AcklineError } from '../../core/errors.ts';
import { ignore } from '../../core/ignore.ts';
import type { Runtime } from '../../core/runtime.ts';
import { type AcklineSchema, SCHEMA_VERSION, upgrade } from './schema.ts';
import {
  type Durability,
  type Requests,
  read,
  storageError,
  write,
  writeGuarded,
} from './transact.ts';

export interface ConnectionOptions {
  readonly factory: IDBFactory;
  readonly database: string;
  readonly durability: Durability;
  readonly openTimeoutMs: number;
  readonly runtime: Runtime;
  /** The database was closed from outside and opened again: what was remembered of it may no longer be so. */
  readonly onReopened: () => void;
}

/** When, and on which opening of the database, something was seen that a decision is made on. */
export interface Seen {
  readonly at: number;
  readonly opening: number;
}

/**
 * Nobody decides on what he saw longer ago than this. The guards that make a decision fail when it comes too late
 * are kept for six times as long, see guards.ts.
 */
const MAX_SEEN_AGE_MS = 10_000;

/**
 * A database that is opened when it is first needed, and again after it was closed from outside.
 * Invariant: `#opening` is the connection in use or on its way; undefined means the next call opens.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #opening: Promise<IDBDatabase> | undefined;
  /** The one that was opened last, and how many there were. */
  #database: IDBDatabase | undefined;
  #openings = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** To be taken before a look, and given to the decision that is made on it. */
  async seen(): Promise<Seen> {
    await this.#open();
    return { at: this.#options.runtime.now(), opening: this.#openings };
  }

  read<T extends Requests>(
    stores: readonly string[],
    issue: (transaction: IDBTransaction) => T,
  ): Promise<T> {
    return this.#repeatable((database) => read(database, stores, issue));
  }

  /** For writes that are right whatever the database holds. */
  write<T>(stores: readonly string[], issue: (transaction: IDBTransaction) => T): Promise<T> {
    const { durability } = this.#options;
    return this.#repeatable((database) => write(database, stores, durability, issue));
  }

  /**
   * For decisions: resolves with false, nothing written, where another context was first (see `writeGuarded` in
   * transact.ts), where `seen` is too long ago, or where the database was opened anew and may be another one.
   */
  async decide(
    seen: Seen,
    stores: readonly string[],
    issue: (transaction: IDBTransaction) => IDBRequest,
  ): Promise<boolean> {
    const { durability, runtime } = this.#options;
    const database = await this.#open();
    const isOutdated =
      seen.opening !== this.#openings || Math.abs(runtime.now() - seen.at) > MAX_SEEN_AGE_MS;
    if (isOutdated) return false;
    try {
      return await writeGuarded(database, stores, durability, issue);
    } catch (error) {
      if (!isClosed(error)) throw storageError(error);
      this.#drop(database);
      return false;
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    // A failed opening has told whoever asked for it, and left nothing to close.
    const database = await opening?.catch(ignore);
    if (database) database.close();
  }

  /** A transaction that could not begin has changed nothing: once more, on a new connection. */
  async #repeatable<T>(use: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await this.#open();
    try {
      return await use(database);
    } catch (error) {
      if (!isClosed(error)) throw storageError(error);
      this.#drop(database);
      return use(await this.#open()).catch((again: unknown) => {
        throw storageError(again);
      });
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#opening === undefined) {
      // Where storage is forbidden, `open` throws instead of failing.
      const opening = this.#openNow().catch((error: unknown) => {
        throw storageError(error);
      });
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  #drop(database: IDBDatabase): void {
    database.close();
    if (this.#database === database) this.#opening = undefined;
  }

  #openNow(): Promise<IDBDatabase> {
    const { factory, database: name, runtime, openTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const request = factory.open(name, SCHEMA_VERSION);
      let isLate = false;
      const stopTimer = runtime.after(openTimeoutMs, () => {
        isLate = true;
        const message = `the database ${name} did not open within ${openTimeoutMs} ms (openTimeoutMs)`;
        reject(new AcklineError('open-timeout', message));
      });
      request.onupgradeneeded = () => upgrade(wrap(request.result) as IDBPDatabase<AcklineSchema>);
      wrap(request).then(
        (opened) => {
          stopTimer();
          const database = unwrap(opened as IDBPDatabase);
          if (isLate) database.close();
          else resolve(this.#watch(database));
        },
        (error: unknown) => {
          stopTimer();
          reject(openError(name, error));
        },
      );
    });
  }

  /** Makes way for upgrades at once, and notices when the connection is taken away. */
  #watch(database: IDBDatabase): IDBDatabase {
    this.#database = database;
    this.#openings += 1;
    if (this.#openings > 1) this.#options.onReopened();
    database.onversionchange = () => this.#drop(database);
    database.onclose = () => this.#drop(database);
    return database;
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError';
}

function openError(name: string, cause: unknown): AcklineError {
  if (cause instanceof Error && cause.name === 'VersionError') {
    const message = `the database ${name} was written by a newer version of ackline, and was left untouched`;
    return new AcklineError('newer-schema', message, { cause });
  }
  return storageError(cause);
}
