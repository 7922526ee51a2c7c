import {
  type Given,
  type PlannedOpening,
  type PlannedRequest,
  type PlannedTransaction,
  READ_EVERYTHING,
  type Sequence,
} from './storage-actions.ts';
import { addStores, attempt, type Log, observe, reuse, type Used } from './storage-observer.ts';

/** One IndexedDB. Each connection may belong to a context of its own. */
export interface Storage {
  factoryOf(connection: number): IDBFactory;
  /** Makes a call in the context of the connection. */
  enter(connection: number, call: () => void): void;
  readonly keyRange: Pick<typeof IDBKeyRange, 'bound'>;
}

interface Connection {
  readonly database: IDBDatabase;
  readonly whenAsked: PlannedOpening['whenAsked'];
  isClosed: boolean;
  last?: Used;
}

interface Begun {
  readonly plan: PlannedTransaction;
  /** Whether the script aborted it in the task that began it. Nothing fixes its place among the others then. */
  isDropped: boolean;
  isOver: boolean;
  /** What came before its end, although it had to wait for that. */
  readonly overtakenBy: string[];
}

/**
 * Makes the actions of a sequence and notes what is seen: the result or the error of each request, how each transaction ends, and the
 * order of events wherever the specification fixes it; at last everything that is stored. It has no times, and `blocked` only
 * where a connection ignores `versionchange`: otherwise it depends on how fast the last transactions are.
 */
export async function transcribe(
  sequence: Sequence,
  storage: Storage,
  name: string,
): Promise<readonly string[]> {
  const run = new TranscriptRun(storage, name);
  for (const burst of sequence) await run.make(burst);
  return run.end();
}

class TranscriptRun {
  readonly #storage: Storage;
  readonly #name: string;
  readonly #connections = new Map<number, Connection>();
  readonly #begun: Begun[] = [];
  readonly #logs: string[][] = [];
  #pending: Promise<void>[] = [];

  constructor(storage: Storage, name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  async make(burst: Sequence[number]): Promise<void> {
    for (const action of burst) {
      const log = this.#logOf(`${this.#logs.length} ${action.kind}`);
      if (action.kind === 'delete') this.#delete(log);
      else if (action.kind === 'open') this.#open(action, log);
      else this.#use(action, log);
    }
    await Promise.all(this.#pending.splice(0));
  }

  /** Everything that is stored, and the next key of the generator. Deletes the database. */
  async end(): Promise<readonly string[]> {
    for (const connection of this.#connections.values()) this.#close(connection);
    this.#connections.clear();
    for (const burst of READ_EVERYTHING) await this.make(burst);
    return this.#logs.map((lines) => lines.join('\n    '));
  }

  #logOf(title: string): Log {
    const lines = [title];
    this.#logs.push(lines);
    return (entry) => lines.push(entry);
  }

  #await(begin: (end: () => void) => void): void {
    this.#pending.push(new Promise(begin));
  }

  #use(action: Exclude<Sequence[number][number], PlannedOpening | { kind: 'delete' }>, log: Log) {
    const connection = this.#connections.get(action.connection);
    if (!connection) return log('no connection');
    this.#storage.enter(action.connection, () => {
      if (action.kind === 'close') this.#close(connection);
      else if (action.kind === 'reuse') reuse(connection.last, log);
      else this.#transact(action, connection, log);
    });
  }

  #close(connection: Connection): void {
    connection.isClosed = true;
    connection.database.close();
  }

  #transact(plan: PlannedTransaction, connection: Connection, log: Log): void {
    const { stores, mode, durability } = plan;
    const { database } = connection;
    const transaction = attempt(log, () => database.transaction([...stores], mode, { durability }));
    if (!transaction) return;
    const entry: Begun = { plan, isDropped: false, isOver: false, overtakenBy: [] };
    const name = `transaction ${this.#logs.length - 1}`;
    this.#begun.push(entry);
    this.#watch(transaction, plan.ending === 'commit', log, (isComplete) => {
      this.#noteOrder(entry, name);
      if (isComplete) for (const other of entry.overtakenBy) log(`overtaken by ${other}`);
    });
    connection.last = { transaction, store: transaction.objectStore(stores[0] as string) };
    const isIssued = this.#issue(transaction, plan.requests, log);
    entry.isDropped = !isIssued || plan.ending === 'abort';
    if (entry.isDropped) transaction.abort();
    else if (plan.ending === 'commit') transaction.commit();
  }

  #watch(transaction: IDBTransaction, isCommitted: boolean, log: Log, onEnd = (_: boolean) => {}) {
    let hasFailed = false;
    transaction.addEventListener('error', () => {
      hasFailed = true;
      log('bubbled');
    });
    this.#await((end) => {
      const over = (entry: string) => {
        log(entry);
        onEnd(entry === 'complete');
        end();
      };
      transaction.oncomplete = () => over('complete');
      // Engines name the error differently where the last request failed after `commit()`.
      transaction.onabort = () =>
        over(`abort ${isCommitted && hasFailed ? '' : transaction.error?.name}`);
    });
  }

  /**
   * The specification fixes the order of two transactions that have a store in common, unless both only read. It is noted at those
   * that complete: an aborted one is over before its event, and the contexts of others do not wait for that.
   */
  #noteOrder(ended: Begun, name: string): void {
    ended.isOver = true;
    for (const other of this.#begun) {
      if (other === ended || ended.isDropped) return;
      const isOrdered = ended.plan.mode === 'readwrite' || other.plan.mode === 'readwrite';
      const hasCommon = other.plan.stores.some((store) => ended.plan.stores.includes(store));
      if (isOrdered && hasCommon && !other.isOver) other.overtakenBy.push(name);
    }
  }

  /** An upgrade or a deletion waits until every connection is closed, and a connection until its transactions are over. */
  #noteUnfinished(name: string): void {
    for (const { isOver, overtakenBy } of this.#begun) if (!isOver) overtakenBy.push(name);
  }

  /** Answers whether all were issued. */
  #issue(transaction: IDBTransaction, requests: readonly PlannedRequest[], log: Log): boolean {
    return requests.every((plan, place) => {
      const store = transaction.objectStore(plan.store);
      const source = plan.index ? store.index(plan.index) : store;
      const verbs = source as unknown as Record<string, (...given: unknown[]) => IDBRequest>;
      const given = plan.given.map((one) => this.#valueOf(one));
      const request = attempt(log, () => verbs[plan.verb]?.(...given));
      if (request) observe(transaction, request, plan, `${place} ${plan.verb}`, log);
      return request !== undefined;
    });
  }

  #valueOf(given: Given): unknown {
    if (typeof given !== 'object') return given;
    if ('range' in given) return this.#storage.keyRange.bound(...given.range);
    if (!('row' in given)) return given;
    return 'uncloneable' in given.row ? { ...given.row, uncloneable: () => {} } : given.row;
  }

  #open(plan: PlannedOpening, log: Log): void {
    this.#storage.enter(plan.connection, () => {
      const request = this.#storage.factoryOf(plan.connection).open(this.#name, plan.version);
      request.onupgradeneeded = ({ oldVersion, newVersion }) => {
        log(`upgradeneeded ${oldVersion} ${newVersion}`);
        this.#noteUnfinished(`upgrade to ${newVersion}`);
        this.#upgrade(request, [oldVersion, newVersion as number], plan, log);
      };
      request.onblocked = () => this.#unblock(log);
      this.#await((end) => {
        request.onsuccess = () => {
          this.#connect(plan, request.result, log);
          end();
        };
        request.onerror = ({ target }) => {
          if (target !== request) return;
          log(`error ${request.error?.name}`);
          end();
        };
      });
    });
  }

  #connect({ connection, whenAsked }: PlannedOpening, database: IDBDatabase, log: Log): void {
    const { version, objectStoreNames } = database;
    log(`success ${version} ${[...objectStoreNames]}`);
    const made: Connection = { database, whenAsked, isClosed: false };
    this.#connections.set(connection, made);
    database.onversionchange = ({ oldVersion, newVersion }) => {
      log(`versionchange ${oldVersion} ${newVersion}`);
      if (whenAsked === 'close') this.#close(made);
    };
  }

  #upgrade(
    request: IDBOpenDBRequest,
    versions: readonly [from: number, to: number],
    plan: PlannedOpening,
    log: Log,
  ): void {
    const transaction = request.transaction as IDBTransaction;
    this.#watch(transaction, false, log);
    addStores(request.result, transaction, ...versions);
    const isIssued = this.#issue(transaction, plan.requests, log);
    if (!isIssued || plan.ending === 'abort') transaction.abort();
  }

  #unblock(log: Log): void {
    const ignoring = [...this.#connections].filter(
      ([, { isClosed, whenAsked }]) => !isClosed && whenAsked === 'ignore',
    );
    if (ignoring.length > 0) log('blocked');
    for (const [index, one] of ignoring) this.#storage.enter(index, () => this.#close(one));
  }

  #delete(log: Log): void {
    this.#storage.enter(0, () => {
      const request = this.#storage.factoryOf(0).deleteDatabase(this.#name);
      request.onblocked = () => this.#unblock(log);
      this.#await((end) => {
        request.onsuccess = ({ oldVersion, newVersion }: Partial<IDBVersionChangeEvent>) => {
          log(`deleted ${oldVersion} ${newVersion} ${request.result}`);
          this.#noteUnfinished('deletion');
          end();
        };
      });
    });
  }
}
