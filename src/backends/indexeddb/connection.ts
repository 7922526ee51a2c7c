import { type IDBPDatabase, unwrap, wrap } from 'idb';
import { AcklineError } from '../../core/errors.ts';
import type { Runtime } from '../../core/runtime.ts';
import { type AcklineSchema, SCHEMA_VERSION, upgrade } from './schema.ts';
import { type Durability, read, storageError, write, writeGuarded } from './transact.ts';

export interface ConnectionOptions {
  readonly factory: IDBFactory;
  readonly database: string;
  readonly durability: Durability;
  readonly openTimeoutMs: number;
  readonly runtime: Runtime;
}

/**
 * A database that is opened when it is first needed, and again after it was closed from outside.
 * Invariant: `#opening` is the connection in use or on its way; undefined means the next call opens.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #opening: Promise<IDBDatabase> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  async read<T>(stores: readonly string[], issue: (transaction: IDBTransaction) => T): Promise<T> {
    return this.#with((database) => read(database, stores, issue));
  }

  async write<T>(stores: readonly string[], issue: (transaction: IDBTransaction) => T): Promise<T> {
    const { durability } = this.#options;
    return this.#with((database) => write(database, stores, durability, issue));
  }

  async writeGuarded(
    stores: readonly string[],
    issue: (transaction: IDBTransaction) => IDBRequest,
  ): Promise<boolean> {
    const { durability } = this.#options;
    return this.#with((database) => writeGuarded(database, stores, durability, issue));
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    // A failed opening has told whoever asked for it, and left nothing to close.
    const database = await opening?.catch(() => undefined);
    database?.close();
  }

  async #with<T>(use: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await this.#open();
    try {
      return await use(database);
    } catch (error) {
      // A transaction that could not begin has changed nothing: once more, on a new connection.
      if (!(error instanceof DOMException) || error.name !== 'InvalidStateError')
        throw storageError(error);
      this.#drop(database);
      try {
        return await use(await this.#open());
      } catch (again) {
        throw storageError(again);
      }
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#opening === undefined) {
      const opening = this.#openNow();
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  #drop(database: IDBDatabase): void {
    database.close();
    this.#opening = undefined;
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
    database.onversionchange = () => this.#drop(database);
    database.onclose = () => this.#drop(database);
    return database;
  }
}

function openError(name: string, cause: unknown): AcklineError {
  if (cause instanceof Error && cause.name === 'VersionError') {
    const message = `the database ${name} was written by a newer version of ackline, and was left untouched`;
    return new AcklineError('newer-schema', message, { cause });
  }
  return storageError(cause);
}
