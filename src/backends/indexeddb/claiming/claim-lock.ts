import { ignore } from '../../../core/ignore.ts';
import { elapsedMs, type Runtime, type Stop } from '../../../core/runtime.ts';
import type { Locks } from '../../../platform/locks.ts';

/** So long contexts take turns after they have noticed each other; and so long one whose turn did not come asks for none on that account. */
const CONTEST_MS = 1_000;

/** Nobody waits longer than this for somebody who may stand still, and, since large claims take longer, 1 ms for each event. */
const LONGEST_WAIT_MS = 30;
const LONGEST_WAIT_FOR_EVENTS_MS = 170;

/** Is told how to pass the turn on. Undefined: it was lost to another context. */
export type LockedClaim<T> = (pass: () => void) => Promise<T | undefined>;

/**
 * Lets contexts that compete for one queue claim in turn, so that they do not look in vain. The turn is a Web Lock,
 * and a courtesy: it gives no right to anything, and one whose turn does not come goes on without.
 */
export class ClaimLock {
  readonly #locks: Locks | undefined;
  readonly #name: string;
  readonly #runtime: Runtime;
  readonly #onContest: () => void;
  /** Of the claims that wait for the lock, or have it: each leaves it. */
  readonly #leaving = new Set<() => void>();
  #isSuspended = false;
  #isContestedUntil = Number.NEGATIVE_INFINITY;
  #isStuckUntil = Number.NEGATIVE_INFINITY;
  #hasToldUntil = Number.NEGATIVE_INFINITY;

  /** `onContest`: a claim was lost to another context, which does not notice that itself. */
  constructor(
    locks: Locks | undefined,
    name: string,
    runtime: Runtime,
    onContest: () => void = ignore,
  ) {
    this.#locks = locks;
    this.#name = name;
    this.#runtime = runtime;
    this.#onContest = onContest;
  }

  /** A claim was lost to another context. */
  contest(): void {
    const now = elapsedMs(this.#runtime);
    this.#isContestedUntil = now + CONTEST_MS;
    if (now < this.#hasToldUntil) return;
    this.#hasToldUntil = this.#isContestedUntil;
    this.#onContest();
  }

  /** Others claim as well: better to take turns before one is lost, unless somebody stands still in his. */
  noteOthers(): void {
    const now = elapsedMs(this.#runtime);
    if (now >= this.#isStuckUntil) this.#isContestedUntil = now + CONTEST_MS;
  }

  /** The page stands still from now on: the lock is left at once, and not asked for. */
  suspend(): void {
    this.#isSuspended = true;
    for (const leave of this.#leaving) leave();
  }

  resume(): void {
    this.#isSuspended = false;
  }

  /**
   * `limit`: how many events are to be claimed. `claim` passes the turn on as soon as whoever comes next will see what it
   * does; where it is lost, it is tried again.
   */
  async withLock<T>(limit: number, claim: LockedClaim<T>): Promise<T> {
    for (;;) {
      const claimed = await (this.#locks && this.#isContested && !this.#isSuspended
        ? this.#wait(this.#locks, limit, claim)
        : claim(ignore));
      if (claimed !== undefined) return claimed;
    }
  }

  get #isContested(): boolean {
    return elapsedMs(this.#runtime) < this.#isContestedUntil;
  }

  async #wait<T>(locks: Locks, limit: number, claim: LockedClaim<T>): Promise<T | undefined> {
    const waiting = new AbortController();
    let pass = ignore;
    const leave = () => {
      waiting.abort();
      pass();
    };
    this.#leaving.add(leave);
    const stopTimer = this.#limitWait(limit, waiting);
    let claiming: Promise<T | undefined> | undefined;
    const claimNow = async () =>
      new Promise<void>((resolve) => {
        stopTimer();
        // Left while the grant was on its way.
        if (waiting.signal.aborted) return resolve();
        pass = resolve;
        claiming = claim(pass);
        claiming.then(pass, pass);
      });
    try {
      await locks.request(this.#name, { signal: waiting.signal }, claimNow);
    } catch {
      // Given up, refused, or stolen: the claim is made without the lock.
    }
    stopTimer();
    this.#leaving.delete(leave);
    return claiming ?? claim(ignore);
  }

  #limitWait(limit: number, waiting: AbortController): Stop {
    const waitMs = LONGEST_WAIT_MS + Math.min(limit, LONGEST_WAIT_FOR_EVENTS_MS);
    return this.#runtime.after(waitMs, () => {
      this.#isContestedUntil = Number.NEGATIVE_INFINITY;
      this.#isStuckUntil = elapsedMs(this.#runtime) + CONTEST_MS;
      waiting.abort();
    });
  }
}
