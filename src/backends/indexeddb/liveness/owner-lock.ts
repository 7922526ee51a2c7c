import { holdLock } from '../../../platform/hold-lock.ts';
import type { Locks } from '../../../platform/locks.ts';
import { noteDataDeleted } from '../../../platform/outdated-locks.ts';

/** The owner of claims whose context has no Web Lock by which other contexts could detect whether it lives. */
export const NO_OWNER = '';

export interface OwnerLockOptions {
  readonly locks: Locks | undefined;
  /** The beginning of the names of the locks. */
  readonly prefix: string;
  readonly newName: () => string;
  /** Called once for each watched owner that has ended. */
  readonly onDeath: (owner: string) => void;
  /** This context may not have locks. */
  readonly onRefused: () => void;
  /** Another script has stolen the lock of this context. Its claims need another owner name, see {@link OwnerLock.hold}. */
  readonly onLost: () => void;
}

/**
 * Distinguishes living contexts from dead ones. Each holds a Web Lock of its own random name, which the platform frees
 * when the context ends, however it ends. Holding it gives no right to anything.
 *
 * Invariant: the name that `hold` resolves with is that of a lock that is held, until `release`, or until another script
 * steals the lock. A name is never used again, so that a dead owner stays dead.
 */
export class OwnerLock {
  readonly #options: OwnerLockOptions;
  /** Undefined if the platform has none, or if this context may not use them. */
  #locks: Locks | undefined;
  readonly #watched = new Set<string>();
  readonly #dead = new Set<string>();
  /** Names of this context whose locks were stolen. */
  readonly #lost = new Set<string>();
  #held: Promise<string> | undefined;
  /** Frees the own lock and ends the watches. */
  #ending = new AbortController();

  constructor(options: OwnerLockOptions) {
    this.#options = options;
    this.#locks = options.locks;
  }

  /** This context's name as an owner; {@link NO_OWNER} where it cannot have a lock. */
  hold(): Promise<string> {
    this.#held ??= this.#locks ? this.#request(this.#locks) : Promise.resolve(NO_OWNER);
    return this.#held;
  }

  /** From now on this context counts as dead, until it holds again under another name. */
  release(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.#held = undefined;
    this.#watched.clear();
  }

  /**
   * This context and newer ones no longer see each other's locks. It works without locks from now on: its claims have no owner
   * name, and it regards no owner as dead.
   */
  abandon(): void {
    this.release();
    if (this.#locks) noteDataDeleted(this.#locks);
    this.#locks = undefined;
  }

  /** Whether this was a name of this context, so that other contexts may regard its owner as dead. */
  isLost(owner: string): boolean {
    return this.#lost.has(owner);
  }

  isDead(owner: string): boolean {
    return this.#dead.has(owner);
  }

  /** Watches an owner from now on. Resolves when it is known whether the owner is dead already. */
  async watch(owner: string): Promise<void> {
    const locks = this.#locks;
    if (!locks || owner === NO_OWNER || this.#watched.has(owner) || this.#dead.has(owner)) return;
    this.#watched.add(owner);
    const { signal } = this.#ending;
    const name = this.#options.prefix + owner;
    const die = () => {
      this.#dead.add(owner);
      this.#options.onDeath(owner);
    };
    // The request ended by `release`, or because this context is ending.
    const forget = () => {
      this.#watched.delete(owner);
    };
    // Shared, so that all watching contexts get the lock at once.
    const mode = 'shared';
    await locks.request(name, { mode, ifAvailable: true }, (lock) => lock && die()).catch(forget);
    if (!this.#dead.has(owner)) locks.request(name, { mode, signal }, die).catch(forget);
  }

  /** Resolves when the lock is held. Resolves with {@link NO_OWNER} if it was refused, or released meanwhile. */
  async #request(locks: Locks): Promise<string> {
    const owner = this.#options.newName();
    const { signal } = this.#ending;
    const name = this.#options.prefix + owner;
    const answer = await holdLock(locks, name, signal, () => this.#lose(owner));
    if (answer === 'held') return owner;
    if (signal.aborted) return NO_OWNER;
    if (answer === 'refused') this.#refuse();
    // A manual runtime may make the same name twice.
    return this.#locks ? this.#request(this.#locks) : NO_OWNER;
  }

  #refuse(): void {
    this.#locks = undefined;
    this.#options.onRefused();
  }

  #lose(owner: string): void {
    this.#lost.add(owner);
    this.#held = undefined;
    this.#options.onLost();
  }
}
