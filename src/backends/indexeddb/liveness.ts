import type { Locks } from '../../platform/locks.ts';
import { NO_OWNER } from './abandoned.ts';

export interface LivenessOptions {
  readonly locks: Locks | undefined;
  /** Of the names of the locks. */
  readonly prefix: string;
  readonly newName: () => string;
  /** Told once of each owner that was watched and is no more. */
  readonly onDeath: (owner: string) => void;
  /** This context may not have locks. */
  readonly onRefused: () => void;
}

/**
 * Tells living contexts from dead ones: each holds a Web Lock of its own random name, which the platform frees
 * when the context ends, however it ends. Holding it gives no right to anything.
 *
 * Invariant: the name that `hold` resolves with is that of a lock that is held, until `release`. A name is never
 * used again, so that a dead owner stays dead.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  /** Undefined where there are none, or where this context may not use them. */
  #locks: Locks | undefined;
  readonly #watched = new Set<string>();
  readonly #dead = new Set<string>();
  #held: Promise<string> | undefined;
  /** Frees the own lock and ends the watches. */
  #ending = new AbortController();

  constructor(options: LivenessOptions) {
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

  isDead(owner: string): boolean {
    return this.#dead.has(owner);
  }

  /** Watches an owner from now on; resolves when it is known whether it is dead already. */
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
    // Given up: by `release`, or by a context that is being torn down.
    const forget = () => {
      this.#watched.delete(owner);
    };
    // Shared, so that all who watch are told at once.
    const mode = 'shared';
    await locks.request(name, { mode, ifAvailable: true }, (lock) => lock && die()).catch(forget);
    if (!this.#dead.has(owner)) locks.request(name, { mode, signal }, die).catch(forget);
  }

  /** Resolves when the lock is held; with {@link NO_OWNER} where it was refused, or given up meanwhile. */
  async #request(locks: Locks): Promise<string> {
    const owner = this.#options.newName();
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      const holdUntilReleased = async (lock: Lock | null) =>
        new Promise<void>((free) => {
          // Given up while the grant was on its way; or, under a clock turned by hand, a name that was made twice.
          if (signal.aborted || lock === null) return free();
          signal.addEventListener('abort', () => free());
          resolve(owner);
        });
      locks
        .request(this.#options.prefix + owner, { ifAvailable: true }, holdUntilReleased)
        .catch(() => this.#refuse(signal))
        .finally(() => resolve(this.#locks && !signal.aborted ? this.#request(locks) : NO_OWNER));
    });
  }

  #refuse(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#locks = undefined;
    this.#options.onRefused();
  }
}
