import type { AcklineError } from '../../../core/errors.ts';
import { ignore } from '../../../core/ignore.ts';
import { elapsedMs } from '../../../core/runtime.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { closedError, makeWay } from './delete-database.ts';
import { KeyGenerators } from './key-generators.ts';
import { identityOf, openDatabase } from './open-database.ts';
import { QuotaReserve } from './quota-reserve.ts';
import { NO_READ_LOCKS, ReadLocks } from './read-locks.ts';
import { isCurrent, type ReadStamp } from './read-stamp.ts';
import { RefusedError } from './refused-values.ts';
import {
  isLost,
  neverBegan,
  type Requests,
  read,
  storageError,
  type Write,
  type WriteOptions,
} from './transactions.ts';

/** Transactions in a row that may be lost with their connections before it is told as an error. */
const MAX_LOSSES = 3;

type DecideOptions = Omit<WriteOptions, 'durability'>;

/**
 * A database that is opened when it is first needed, and again after the connection was lost. While the page is
 * suspended there is none, and calls wait.
 *
 * Invariant: `#opening` is the connection in use or on its way; undefined means that the next call opens. A period
 * ends with each suspension and each change to another database: what was seen in an earlier one decides nothing.
 */
export class Connection {
  readonly views: ReadLocks;
  readonly #options: ConnectionOptions;
  readonly #reserve: QuotaReserve;
  readonly #keys = new KeyGenerators();
  #opening: Promise<IDBDatabase> | undefined;
  /** The one that was opened last, and what the database says of itself. */
  #database: IDBDatabase | undefined;
  #identity: Promise<unknown> | undefined;
  #period = 0;
  /** Counted apart: looks between decisions that are lost may well succeed. */
  readonly #losses = { decisions: 0, others: 0 };
  #closed: AcklineError | undefined;
  /** While suspended: what calls wait for, and what ends it. */
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reserve = new QuotaReserve(options.runtime);
    this.views = options.views ?? new ReadLocks(NO_READ_LOCKS);
  }

  /** Whether the database was deleted while it was in use: nothing that it held is left. */
  get isDestroyed(): boolean {
    return this.#closed?.cause !== undefined;
  }

  /** Opens already; whoever needs it is told of a failure. */
  prepare(): void {
    this.#open().catch(ignore);
  }

  /** To be taken before a look, and given to the decision that is made on it. */
  async stamp(): Promise<ReadStamp> {
    const { runtime } = this.#options;
    // While the database opens; not while the page stands still.
    if (!this.#resume) void this.views.hold();
    await this.#open();
    const lock = await this.views.hold();
    return { at: runtime.now(), elapsedMs: elapsedMs(runtime), period: this.#period, lock };
  }

  read<T extends Requests>(
    stores: readonly string[],
    issue: (transaction: IDBTransaction) => T,
  ): Promise<T> {
    return this.#use(isLost, (database) => read(database, stores, issue));
  }

  /** For writes that are right whatever the database holds. */
  write(writes: readonly Write[]): Promise<unknown> {
    return this.#use(neverBegan, (database) => this.#keys.write(database, writes, this.#options));
  }

  /** For new events: refused where no room would be left for settling, see quota-reserve.ts. Resolves with their keys. */
  append(
    writes: readonly Write[],
    bytes: number,
    options: WriteOptions,
  ): Promise<readonly unknown[]> {
    const { durability } = this.#options;
    return this.#use(neverBegan, (database) =>
      this.#reserve.protect(database, bytes, () =>
        this.#keys.write(database, writes, { durability, ...options }),
      ),
    );
  }

  /**
   * For decisions: resolves with false, nothing written or nobody knows whether, where another context was first (see
   * `writeGuarded` in transactions.ts), where `seen` decides nothing any more, or where the connection was lost: look again.
   */
  decide(
    stamp: ReadStamp,
    writes: readonly Write[],
    options: DecideOptions = {},
  ): Promise<boolean> {
    const { runtime } = this.#options;
    return this.#change(stamp.period, writes, options, (change) => {
      const now = { elapsedMs: elapsedMs(runtime), period: this.#period };
      return isCurrent(stamp, now) ? stamp.lock.use(change) : false;
    });
  }

  /** For deletes of what nobody needs again in the database that was seen; in another they would be of something else. */
  clear({ period }: ReadStamp, deletes: readonly Write[]): Promise<boolean> {
    return this.#change(period, deletes, {}, (change) => period === this.#period && change());
  }

  /** Gives up the connection, so that a page that stands still holds up nobody's upgrade; calls wait. */
  suspend(): void {
    if (this.#resume) return;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#period += 1;
    this.#opening = undefined;
    this.views.release();
    this.#database?.close();
    this.#options.onStatus({ state: 'suspended' });
  }

  /** Answers whether it was suspended. */
  resume(): boolean {
    if (!this.#resume) return false;
    this.#options.onStatus({ state: this.#identity ? 'reconnecting' : 'closed' });
    this.#resume();
    this.#resume = undefined;
    return true;
  }

  /** For good: calls are refused from here on. `reason` is why, where it was not asked for by `shutdown()`. */
  async close(reason: AcklineError | null = null): Promise<void> {
    this.#closed ??= closedError(reason);
    this.views.release();
    const opening = this.#opening;
    this.#opening = undefined;
    // A failed opening has told whoever asked for it, and left nothing to close.
    (await opening?.catch(ignore))?.close();
    this.#options.onStatus({ state: 'closed', ...(reason && { reason }) });
  }

  /** `attempt` is called when the requests are to be issued, a second time where there was no room; it refuses by `false`. */
  async #change(
    period: number,
    writes: readonly Write[],
    options: DecideOptions,
    attempt: (change: () => Promise<boolean>) => Promise<boolean> | false,
  ): Promise<boolean> {
    const { durability } = this.#options;
    // Not to wait for the page to go on.
    if (period !== this.#period) return false;
    const made = await this.#try(isLost, 'decisions', async (database) => {
      const change = () => this.#keys.writeGuarded(database, writes, { durability, ...options });
      return this.#reserve.lend(database, async () => attempt(change));
    });
    return made?.answer ?? false;
  }

  /** Once more, on a new connection, where `mayRepeat` says that the first try was lost and left nothing behind. */
  async #use<T>(
    mayRepeat: (error: unknown) => boolean,
    use: (database: IDBDatabase) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const done = await this.#try(mayRepeat, 'others', use);
      if (done) return done.answer;
    }
  }

  /** Undefined where the connection was lost and `mayRepeat` allows for another try. */
  async #try<T>(
    mayRepeat: (error: unknown) => boolean,
    kind: 'decisions' | 'others',
    use: (database: IDBDatabase) => Promise<T>,
  ): Promise<{ readonly answer: T } | undefined> {
    const database = await this.#open();
    try {
      const answer = await use(database);
      this.#losses[kind] = 0;
      return { answer };
    } catch (error) {
      if (isLost(error)) {
        if (!(error instanceof RefusedError)) this.#drop(database);
        this.#losses[kind] += 1;
        if (mayRepeat(error) && this.#losses[kind] <= MAX_LOSSES) return undefined;
      }
      throw storageError(error);
    }
  }

  async #open(): Promise<IDBDatabase> {
    for (;;) {
      if (this.#closed) throw this.#closed;
      while (this.#resume) await this.#resumed;
      this.#opening ??= this.#openAnew();
      const opening = this.#opening;
      const database = await opening.catch((reason: AcklineError) => {
        if (this.#opening === opening) {
          this.#opening = undefined;
          this.#options.onStatus({ state: 'failed', reason });
        }
        throw reason;
      });
      if (this.#opening === opening) return database;
      // Lost or given up while it was on its way.
      database.close();
    }
  }

  /** Another database than before is a reset: the site's data was cleared. The first one is taken as it is. */
  async #openAnew(): Promise<IDBDatabase> {
    const { onStatus, onReset, onDestroyed } = this.#options;
    const before = this.#identity;
    onStatus({ state: before ? 'reconnecting' : 'opening' });
    let isReplaced = false;
    const database = await openDatabase(this.#options, () => {
      isReplaced = true;
    });
    // Makes way for upgrades at once, and notices when the connection is taken away.
    const drop = () => this.#drop(database);
    makeWay(database, drop, onDestroyed);
    database.onclose = drop;
    this.#database = database;
    const identity = identityOf(database);
    this.#identity = identity;
    const isSame = before === undefined || (await before) === (await identity);
    if (isReplaced || !isSame) {
      this.#period += 1;
      this.#keys.forget();
      this.views.release();
      onReset();
      onStatus({ state: 'storage-reset' });
    }
    if (this.#opening && this.#database === database) onStatus({ state: 'open', reason: null });
    return database;
  }

  #drop(database: IDBDatabase): void {
    database.close();
    if (this.#database !== database || !this.#opening) return;
    this.#opening = undefined;
    this.#options.onStatus({ state: 'reconnecting' });
  }
}
