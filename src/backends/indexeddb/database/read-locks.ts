import { ignore } from '../../../core/ignore.ts';
import { holdLock } from '../../../platform/hold-lock.ts';
import type { Locks } from '../../../platform/locks.ts';

export interface ReadLocksOptions {
  readonly locks: Locks | undefined;
  /** Of the names of the locks. */
  readonly prefix: string;
  readonly newName: () => string;
  /** All other contexts are to call {@link ReadLocks.renew}. */
  readonly onAsk: () => void;
  /** This context is about to request a lock. From now on it must receive the calls of other contexts to renew. */
  readonly onHold?: () => void;
  /** This context is about to read what others cannot see that it reads: whoever clears guards is to keep them longer. */
  readonly onUnseen: () => Promise<unknown>;
}

/** Of a context that others cannot see, nor it them. */
export const NO_READ_LOCKS: ReadLocksOptions = {
  locks: undefined,
  prefix: '',
  newName: () => '',
  onAsk: ignore,
  onUnseen: async () => undefined,
};

/**
 * Held by a context for as long as it may decide by what it has read. Where there are no Web Locks, or the context may
 * not use them, it is held by name only, and no other context can see it.
 */
export class ReadLock {
  readonly #freeing = new AbortController();
  #isEnded = false;
  #uses = 0;

  /** Whether nothing that was read under this lock may decide any longer. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Aborts when the lock is to be free for others. */
  get freed(): AbortSignal {
    return this.#freeing.signal;
  }

  /** Keeps the lock from being freed while `decide` is under way. */
  async use<T>(decide: () => Promise<T>): Promise<T> {
    this.#uses += 1;
    try {
      return await decide();
    } finally {
      this.#uses -= 1;
      this.#freeUnused();
    }
  }

  /** Frees the lock as soon as the decisions that are under way have ended. */
  end(): void {
    this.#isEnded = true;
    this.#freeUnused();
  }

  /** Frees the lock at once: what is under way was issued before, and the database executes it before what others issue now. */
  free(): void {
    this.#isEnded = true;
    this.#freeing.abort();
  }

  #freeUnused(): void {
    if (this.#isEnded && this.#uses === 0) this.free();
  }
}

interface Asked {
  readonly lock: ReadLock;
  readonly granted: Promise<ReadLock>;
}

/**
 * The view locks of one context, and what it can tell of those of the others. Each has a random name, held by one
 * context; so a lock that is free never protects anything again. See docs/decisions/0030.
 */
export class ReadLocks {
  readonly #options: ReadLocksOptions;
  #locks: Locks | undefined;
  readonly #all = new Set<ReadLock>();
  #current: Asked | undefined;
  /** Ends the waits for the locks of others. */
  #ending = new AbortController();

  constructor(options: ReadLocksOptions) {
    this.#options = options;
    this.#locks = options.locks;
  }

  /** The lock to be held by what is read from now on. Never rejects. */
  hold(): Promise<ReadLock> {
    if (!this.#current) {
      this.#options.onHold?.();
      this.#current = this.#ask();
    }
    return this.#current.granted;
  }

  /** Whether other contexts can see the locks of this one. */
  get areSeen(): boolean {
    return this.#locks !== undefined;
  }

  /** Whether this context can see the locks of others. */
  get canSee(): boolean {
    return this.#locks?.query !== undefined;
  }

  /** Takes another lock for what is read from now on; what was read before decides nothing once that is held. */
  async renew(): Promise<void> {
    const before = this.#current;
    if (!before || !this.areSeen) return;
    const next = this.#ask();
    await next.granted;
    if (this.#current === before) this.#current = next;
    else next.lock.end();
    before.lock.end();
  }

  /** Ends the lock without another one, before this context stops receiving the calls of other contexts to renew. */
  end(): void {
    this.#current?.lock.end();
    this.#current = undefined;
  }

  /** Asks all other contexts to renew. */
  ask(): void {
    this.#options.onAsk();
  }

  /**
   * Asks all contexts to renew, and resolves once every lock that is held now is free: no context can then decide by
   * anything that it read before this was called. False where that is not known, and after {@link release}.
   */
  async outlast(): Promise<boolean> {
    const locks = this.#locks;
    const { signal } = this.#ending;
    const { prefix } = this.#options;
    try {
      const { held = [] } = (await locks?.query?.()) ?? {};
      const names = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
      this.ask();
      void this.renew();
      const options = { mode: 'shared', signal } as const;
      await Promise.all(names.map((name) => locks?.request(name, options, ignore)));
      return !signal.aborted;
    } catch {
      // Released, or refused: guards stay until a later try.
      return false;
    }
  }

  /** Nothing that was read decides anything from now on, and nobody waits for this context. */
  release(): void {
    this.#current = undefined;
    this.#ending.abort();
    this.#ending = new AbortController();
    for (const lock of this.#all) lock.free();
  }

  #ask(): Asked {
    const lock = new ReadLock();
    this.#all.add(lock);
    lock.freed.addEventListener('abort', () => this.#all.delete(lock));
    return { lock, granted: this.#grant(lock) };
  }

  async #grant(lock: ReadLock): Promise<ReadLock> {
    while (this.#locks && !lock.isEnded) {
      const name = this.#options.prefix + this.#options.newName();
      const answer = await holdLock(this.#locks, name, lock.freed, () => this.#lose(lock));
      if (answer === 'held') return lock;
      if (answer === 'refused' && !lock.isEnded) this.#locks = undefined;
    }
    // That there is no room to say it stops nobody.
    if (!this.#locks) await this.#options.onUnseen().catch(ignore);
    return lock;
  }

  /** Another script has taken the lock: from now on others cannot see that anything was read. */
  #lose(lock: ReadLock): void {
    lock.free();
    if (this.#current?.lock === lock) this.#current = undefined;
  }
}
