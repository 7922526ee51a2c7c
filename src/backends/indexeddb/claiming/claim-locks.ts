import { ignore } from '../../../core/runtime/ignore.ts';
import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { Locks } from '../../../platform/locks.ts';
import type { Contention } from './contention.ts';

/**
 * The longest wait for a claim lock, because a frozen context may hold it. Each requested event adds 1 ms, because large
 * claims take longer.
 */
const MAX_WAIT_MS = 30;
const MAX_WAIT_FOR_EVENTS_MS = 170;

export interface ClaimLocksOptions {
  readonly database: string;
  readonly locks: Locks | undefined;
  readonly runtime: Runtime;
}

/** Resolves with undefined if the claim must be tried again. It may call `release` before it ends. */
export type LockedClaim<T> = (release: () => void) => Promise<T | undefined>;

/**
 * The claim locks of one context: one Web Lock for each queue. Contexts that compete for a queue claim one after the other
 * under its lock, so that they do not lose claims to each other. The lock gives no right to anything: where it does not come,
 * the claim is made without it. While the page is frozen, the context holds no claim lock and waits for none.
 */
export class ClaimLocks {
  readonly #options: ClaimLocksOptions;
  /** For each claim that waits for a lock or holds one, the function that leaves the lock. */
  readonly #leaving = new Set<() => void>();
  #isSuspended = false;

  constructor(options: ClaimLocksOptions) {
    this.#options = options;
  }

  /** The page freezes: each lock is left at once. */
  suspend(): void {
    this.#isSuspended = true;
    for (const leave of this.#leaving) leave();
  }

  resume(): void {
    this.#isSuspended = false;
  }

  /**
   * Calls `claim` until it resolves with a result, under the lock while the queue is contended. `limit`: how many events the
   * claim asks for.
   */
  async withLock<T>(contention: Contention, limit: number, claim: LockedClaim<T>): Promise<T> {
    const { locks } = this.#options;
    for (;;) {
      const claimed = await (locks && !this.#isSuspended && contention.state === 'contended'
        ? this.#waitAndClaim(locks, contention, limit, claim)
        : claim(ignore));
      if (claimed !== undefined) return claimed;
    }
  }

  async #waitAndClaim<T>(
    locks: Locks,
    contention: Contention,
    limit: number,
    claim: LockedClaim<T>,
  ): Promise<T | undefined> {
    const { database, runtime } = this.#options;
    const waiting = new AbortController();
    const { signal } = waiting;
    let release = ignore;
    const leave = () => {
      waiting.abort();
      release();
    };
    this.#leaving.add(leave);
    const waitMs = MAX_WAIT_MS + Math.min(limit, MAX_WAIT_FOR_EVENTS_MS);
    const stopTimer = runtime.after(waitMs, () => {
      contention.noteLockTimeout();
      waiting.abort();
    });
    let claiming: Promise<T | undefined> | undefined;
    const claimNow = async () =>
      new Promise<void>((resolve) => {
        stopTimer();
        // The claim left the lock before the grant arrived.
        if (signal.aborted) return resolve();
        // A signal is not used, because a frozen tab hung after its granted request was aborted.
        release = resolve;
        claiming = claim(release);
        claiming.then(release, release);
      });
    const name = `ackline:${database}:claim:${contention.queue}`;
    try {
      await locks.request(name, { signal }, claimNow);
    } catch {
      // The lock was left, refused or stolen: the claim is made without it.
    }
    stopTimer();
    this.#leaving.delete(leave);
    return claiming ?? claim(ignore);
  }
}
