import type { AcklineError } from '../../../core/reports/errors.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import { elapsedMs } from '../../../core/runtime/runtime.ts';
import type { AppendOptions, DecideOptions, Keys } from './change-options.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { dropWhenAsked } from './delete-database.ts';
import { abandonedError, closedError } from './destroyed-error.ts';
import { KeyGenerators } from './key-generators.ts';
import { identityOf, openDatabase } from './open-database.ts';
import { QuotaReserve } from './quota-reserve.ts';
import { NO_READ_LOCKS, ReadLocks } from './read-locks.ts';
import { isCurrent, type ReadStamp } from './read-stamp.ts';
import { RefusedError } from './refused-values.ts';
import { isLost, neverBegan, storageError } from './storage-errors.ts';
import { Suspension } from './suspension.ts';
import { abortUnfinished } from './transaction-ends.ts';
import { type Requests, read, type Write } from './transactions.ts';

/** How many transactions in a row may be lost with their connections before the call rejects. */
const MAX_LOSSES = 3;

/**
 * A database that is opened when it is first needed, and again after the connection was lost. A suspended page has none.
 * `#opening` is the connection in use or being opened. If it is undefined, the next call opens one. A period ends with each
 * suspension and with each change to another database. No decision is based on a read of an earlier period.
 */
export class Connection {
  readonly readLocks: ReadLocks;
  readonly #options: ConnectionOptions;
  readonly #reserve: QuotaReserve;
  readonly #keys = new KeyGenerators();
  #opening: Promise<IDBDatabase> | undefined;
  /** The connection that was opened last, and the identity of its database. */
  #database: IDBDatabase | undefined;
  #identity: Promise<unknown> | undefined;
  #period = 0;
  /** Lost transactions in a row. Counted apart, because scans between lost decisions may succeed. */
  readonly #losses = { decisions: 0, others: 0 };
  #closed: AcklineError | undefined;
  /** Set while the page is suspended. Calls wait for its end. */
  #suspension: Suspension | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reserve = new QuotaReserve(options.runtime);
    this.readLocks = options.readLocks ?? new ReadLocks(NO_READ_LOCKS);
  }

  /** Whether the database was deleted while it was in use. */
  get isDestroyed(): boolean {
    return this.#closed?.cause !== undefined;
  }

  get period(): number {
    return this.#period;
  }

  /** Begins to open the database. The next call that needs it rejects if that fails. */
  prepare(): void {
    this.#open().catch(ignore);
  }

  /** The stamp of a read that begins now. It is passed to the decision that is based on the read. */
  async stamp(): Promise<ReadStamp> {
    const { runtime } = this.#options;
    // Requested while the database opens, but not while the page is suspended.
    if (!this.#suspension) void this.readLocks.hold();
    await this.#open();
    const lock = await this.readLocks.hold();
    return { at: runtime.now(), elapsedMs: elapsedMs(runtime), period: this.#period, lock };
  }

  read<T extends Requests>(
    stores: readonly string[],
    issue: (transaction: IDBTransaction) => T,
  ): Promise<T> {
    return this.#use(isLost, (database) => read(database, stores, issue));
  }

  /** For writes that are correct for any rows in the database. */
  write(writes: readonly Write[]): Promise<unknown> {
    return this.#use(neverBegan, (database) => this.#keys.write(database, writes, this.#options));
  }

  /** For new events. Rejects if no room would be left for settling, see quota-reserve.ts. `verb` as in key-generators.ts. */
  append(
    verb: 'write' | 'writeGuarded',
    writes: readonly Write[],
    bytes: number,
    { stamp, period, ...options }: AppendOptions,
  ): Promise<Keys> {
    const given = { durability: this.#options.durability, ...options };
    return this.#use(neverBegan, (database) => {
      const write = () => this.#keys[verb](database, writes, given);
      return this.#reserve.protect(database, bytes, async () => {
        if (period !== undefined && period !== this.#period) return undefined;
        return stamp ? this.#whileCurrent(stamp, write) : write();
      });
    });
  }

  /**
   * For decisions based on a read. Resolves with false if another context was first (see `writeGuarded` in transactions.ts),
   * if the read is no longer current, or if the connection was lost, when it is unknown whether the writes were stored. The
   * caller then scans again.
   */
  decide(stamp: ReadStamp, writes: readonly Write[], given: DecideOptions = {}): Promise<boolean> {
    return this.#change(stamp.period, writes, given, (change) => this.#whileCurrent(stamp, change));
  }

  /** Resolves with undefined, without the change, if the read is no longer current. */
  async #whileCurrent(stamp: ReadStamp, change: () => Promise<Keys>): Promise<Keys> {
    const now = { elapsedMs: elapsedMs(this.#options.runtime), period: this.#period };
    return isCurrent(stamp, now) ? stamp.lock.use(change) : undefined;
  }

  /** For deletes of rows that no context needs. In another database than the one that was read, the keys would mean other rows. */
  clear({ period }: ReadStamp, deletes: readonly Write[]): Promise<boolean> {
    return this.#change(period, deletes, {}, async (change) => period === this.#period && change());
  }

  /** Closes the connection, so that a suspended page cannot block others. Calls wait until {@link resume}. */
  suspend(): void {
    if (this.#suspension) return;
    this.#suspension = new Suspension();
    this.#period += 1;
    this.#opening = undefined;
    this.readLocks.release();
    if (this.#database) abortUnfinished(this.#database);
    this.#database?.close();
    this.#options.onStatus({ state: 'suspended' });
  }

  /** Returns whether it was suspended. */
  resume(): boolean {
    if (!this.#suspension) return false;
    this.#options.onStatus({ state: this.#identity ? 'reconnecting' : 'closed' });
    this.#suspension.end();
    this.#suspension = undefined;
    return true;
  }

  /** Closes for good: calls reject from now on. `reason` is given unless `shutdown()` is the cause. */
  async close(reason: AcklineError | null = null): Promise<void> {
    this.#closed ??= closedError(reason);
    this.readLocks.release();
    const opening = this.#opening;
    this.#opening = undefined;
    // If opening failed, the call that needed it has the error, and there is nothing to close.
    (await opening?.catch(ignore))?.close();
    this.#options.onStatus({ state: 'closed', ...(reason && { reason }) });
  }

  /** `attempt` issues the requests, or returns false to refuse. It is called a second time if there was no room. */
  async #change(
    period: number,
    writes: readonly Write[],
    options: DecideOptions,
    attempt: (change: () => Promise<Keys>) => Promise<Keys | false>,
  ): Promise<boolean> {
    const { durability } = this.#options;
    // Checked first, because opening would wait for the page to resume.
    if (period !== this.#period) return false;
    const made = await this.#try(isLost, 'decisions', async (database) => {
      const change = () => this.#keys.writeGuarded(database, writes, { durability, ...options });
      return this.#reserve.lend(database, () => attempt(change));
    });
    return Boolean(made?.answer);
  }

  /** Tries again on a new connection if `mayRepeat` reports that the lost try had no effect. */
  async #use<T>(
    mayRepeat: (error: unknown) => boolean,
    use: (database: IDBDatabase) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const done = await this.#try(mayRepeat, 'others', use);
      if (done) return done.answer;
    }
  }

  /** Resolves with undefined if the connection was lost and `mayRepeat` allows another try. */
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
        // What a suspension has aborted is repeated when it ends, however much it is.
        if (!this.#suspension) this.#losses[kind] += 1;
        if (mayRepeat(error) && this.#losses[kind] <= MAX_LOSSES) return undefined;
      }
      throw storageError(error);
    }
  }

  async #open(): Promise<IDBDatabase> {
    for (;;) {
      if (this.#closed) throw this.#closed;
      while (this.#suspension) await this.#suspension.ended;
      this.#opening ??= this.#openAnew();
      const opening = this.#opening;
      const database = await opening.catch((reason: AcklineError) => {
        if (reason.code === 'destroyed') this.#options.onDestroyed(true);
        if (this.#opening === opening) {
          this.#opening = undefined;
          this.#options.onStatus({ state: 'failed', reason });
        }
        throw this.#closed ?? reason;
      });
      if (this.#opening === opening) return database;
      // The connection was lost or closed while it was being opened.
      database.close();
    }
  }

  /** Finding another database than before is a reset: the site's data was cleared. Newer contexts then have other Web Locks. */
  async #openAnew(): Promise<IDBDatabase> {
    const { onStatus, onReset, onDestroyed, isPartition } = this.#options;
    const before = this.#identity;
    onStatus({ state: before ? 'reconnecting' : 'opening' });
    let isReplaced = false;
    const options = { ...this.#options, mayCreate: !before || !isPartition };
    const database = await openDatabase(options, () => (isReplaced = true));
    dropWhenAsked(database, () => this.#drop(database), onDestroyed);
    this.#database = database;
    const identity = identityOf(database, before);
    this.#identity = identity;
    const known = before && (await before);
    if (isReplaced || (before && known !== (await identity))) {
      if (known !== undefined && isPartition) throw abandonedError(database);
      // Also where the identity of the earlier database was never read: it may have been another one.
      const isCleared = before !== undefined;
      this.#period += 1;
      this.#keys.forget();
      this.readLocks[isCleared ? 'abandon' : 'release']();
      onReset(isCleared, this.#period);
      onStatus({ state: 'storage-reset', ...(isCleared && { leaseMode: 'available' }) });
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
