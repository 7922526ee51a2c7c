import { ignore } from '../../../core/runtime/ignore.ts';
import { holdLock } from '../../../platform/hold-lock.ts';
import type { Locks } from '../../../platform/locks.ts';

export interface ReadLocksOptions {
  readonly locks: Locks | undefined;
  /** Prefix of the locks' names. */
  readonly prefix: string;
  readonly newName: () => string;
  /** Asks all other contexts to call {@link ReadLocks.renew}. */
  readonly requestReread: () => void;
  /** This context is about to request a lock. From now on it must receive the requests of other contexts to renew it. */
  readonly onHold?: () => void;
  /** This context is about to read without a lock that others can see. Guard rows must then be kept for longer. */
  readonly onUnseen: () => Promise<unknown>;
}

/** For a context whose read locks others cannot see, and that cannot see those of others. */
export const NO_READ_LOCKS: ReadLocksOptions = {
  locks: undefined,
  prefix: '',
  newName: () => '',
  requestReread: ignore,
  onUnseen: async () => undefined,
};

/**
 * Held by a context while it may make decisions based on what it has read. In a context without Web Locks it is an object
 * only, and no other context can see it.
 */
export class ReadLock {
  readonly #freeing = new AbortController();
  #isEnded = false;
  #uses = 0;

  /** Whether what was read under this lock is no longer a valid base for decisions. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Aborts when the lock is released. */
  get freed(): AbortSignal {
    return this.#freeing.signal;
  }

  /** Holds the lock until `decide` has settled. */
  async use<T>(decide: () => Promise<T>): Promise<T> {
    this.#uses += 1;
    try {
      return await decide();
    } finally {
      this.#uses -= 1;
      this.#freeUnused();
    }
  }

  /** Releases the lock as soon as the decisions in progress have ended. */
  end(): void {
    this.#isEnded = true;
    this.#freeUnused();
  }

  /** Releases the lock at once. Decisions in progress were issued already, so the database runs them before later ones of other contexts. */
  free(): void {
    this.#isEnded = true;
    this.#freeing.abort();
  }

  #freeUnused(): void {
    if (this.#isEnded && this.#uses === 0) this.free();
  }
}

interface LockRequest {
  /** Grows with each request. */
  readonly number: number;
  readonly lock: ReadLock;
  readonly granted: Promise<ReadLock>;
}

/**
 * The read locks of one context, and its knowledge of those of other contexts. Each lock has a random name and is held
 * once, so a lock that was released never protects anything again. See docs/decisions/0030.
 */
export class ReadLocks {
  readonly #options: ReadLocksOptions;
  #locks: Locks | undefined;
  readonly #all = new Set<ReadLock>();
  #current: LockRequest | undefined;
  #requests = 0;
  /** Ends waits for locks of other contexts. */
  #ending = new AbortController();

  constructor(options: ReadLocksOptions) {
    this.#options = options;
    this.#locks = options.locks;
  }

  /** The lock for everything that is read from now on. Never rejects. */
  hold(): Promise<ReadLock> {
    this.#options.onHold?.();
    this.#current ??= this.#request();
    return this.#current.granted;
  }

  /** Whether this context can see the locks of others. */
  get canQuery(): boolean {
    return this.#locks?.query !== undefined;
  }

  /**
   * Takes another lock for later reads. Once it is held, earlier reads are no longer a base for decisions. Of several renewals
   * at the same time the last one counts: it also ends the locks of the others, because a run may wait for one of them.
   */
  async renew(): Promise<void> {
    if (!this.#current || !this.#locks) return;
    const next = this.#request();
    await next.granted;
    const before = this.#current;
    if (before && before.number < next.number) {
      this.#current = next;
      before.lock.end();
    } else next.lock.end();
  }

  /** Ends the lock without another one, before this context stops receiving requests to renew it. */
  end(): void {
    this.#current?.lock.end();
    this.#current = undefined;
  }

  /** Asks all other contexts to renew their locks. */
  requestReread(): void {
    this.#options.requestReread();
  }

  /**
   * Asks all contexts to renew their locks, and resolves with true once every lock that is held now is released. No context
   * can then make a decision based on a read before this call. False if that is unknown, and after {@link release}.
   */
  async awaitEarlierReaders(): Promise<boolean> {
    const locks = this.#locks;
    const { signal } = this.#ending;
    const { prefix, requestReread } = this.#options;
    try {
      const { held = [] } = (await locks?.query?.()) ?? {};
      const names = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
      requestReread();
      void this.renew();
      const options = { mode: 'shared', signal } as const;
      await Promise.all(names.map((name) => locks?.request(name, options, ignore)));
      return !signal.aborted;
    } catch {
      // Released, or refused by the platform. Guard rows stay until a later try.
      return false;
    }
  }

  /** Releases all locks: earlier reads are no longer a base for decisions, and no context waits for this one. */
  release(): void {
    this.#current = undefined;
    this.#ending.abort();
    this.#ending = new AbortController();
    for (const lock of this.#all) lock.free();
  }

  /** This context and newer ones no longer see each other's locks. Its reads count as unseen from now on. */
  abandon(): void {
    this.#locks = undefined;
    this.release();
  }

  #request(): LockRequest {
    const lock = new ReadLock();
    this.#all.add(lock);
    lock.freed.addEventListener('abort', () => this.#all.delete(lock));
    this.#requests += 1;
    return { number: this.#requests, lock, granted: this.#grant(lock) };
  }

  async #grant(lock: ReadLock): Promise<ReadLock> {
    while (this.#locks && !lock.isEnded) {
      const name = this.#options.prefix + this.#options.newName();
      const answer = await holdLock(this.#locks, name, lock.freed, () => this.#lose(lock));
      if (answer === 'held') return lock;
      if (answer === 'refused' && !lock.isEnded) this.#locks = undefined;
    }
    // A failure, as for want of room, must not stop the read.
    if (!this.#locks) await this.#options.onUnseen().catch(ignore);
    return lock;
  }

  /** Another script has stolen the lock, so other contexts cannot see any longer that something was read under it. */
  #lose(lock: ReadLock): void {
    lock.free();
    if (this.#current?.lock === lock) this.#current = undefined;
  }
}
