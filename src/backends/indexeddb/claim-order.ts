import type { Runtime } from '../../core/runtime.ts';
import type { Locks } from '../../platform/locks.ts';

/** Contexts that have noticed each other take turns for so long; and after one did not come, none is asked for on sight. */
const CONTEST_MS = 1_000;

/** Nobody waits longer than this for somebody who may stand still, and, since large claims take longer, 1 ms for each event. */
const LONGEST_WAIT_MS = 30;
const LONGEST_WAIT_FOR_EVENTS_MS = 170;

/**
 * Lets contexts that compete for one queue claim in turn, so that they do not look in vain. The turn is a Web Lock,
 * and a courtesy: it gives no right to anything, and one whose turn does not come goes on without.
 */
export class ClaimOrder {
  readonly #locks: Locks | undefined;
  readonly #name: string;
  readonly #runtime: Runtime;
  #isContestedUntil = Number.NEGATIVE_INFINITY;
  #isStuckUntil = Number.NEGATIVE_INFINITY;

  constructor(locks: Locks | undefined, name: string, runtime: Runtime) {
    this.#locks = locks;
    this.#name = name;
    this.#runtime = runtime;
  }

  /** A claim was lost to another context. */
  contest(): void {
    this.#isContestedUntil = this.#runtime.now() + CONTEST_MS;
  }

  /** Others claim as well: better to take turns before one is lost, unless somebody stands still in his. */
  noteOthers(): void {
    if (this.#runtime.now() >= this.#isStuckUntil) this.contest();
  }

  /**
   * `limit`: how many events are to be claimed. `claim` answers undefined where that was lost to another context: then
   * it is tried again, in turn.
   */
  async inTurn<T>(limit: number, claim: () => Promise<T | undefined>): Promise<T> {
    const locks = this.#locks;
    if (locks && this.#runtime.now() < this.#isContestedUntil)
      return this.#wait(locks, limit, claim);
    return (await claim()) ?? this.inTurn(limit, claim);
  }

  async #wait<T>(locks: Locks, limit: number, claim: () => Promise<T | undefined>): Promise<T> {
    const waiting = new AbortController();
    const giveUp = () => {
      this.#isContestedUntil = Number.NEGATIVE_INFINITY;
      this.#isStuckUntil = this.#runtime.now() + CONTEST_MS;
      waiting.abort();
    };
    const waitMs = LONGEST_WAIT_MS + Math.min(limit, LONGEST_WAIT_FOR_EVENTS_MS);
    const stopTimer = this.#runtime.after(waitMs, giveUp);
    let hasBegun = false;
    const claimNow = () => {
      hasBegun = true;
      stopTimer();
      return untilClaimed(claim);
    };
    try {
      return await locks.request(this.#name, { signal: waiting.signal }, claimNow);
    } catch (error) {
      if (hasBegun) throw error;
      stopTimer();
      return untilClaimed(claim);
    }
  }
}

async function untilClaimed<T>(claim: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const claimed = await claim();
    if (claimed !== undefined) return claimed;
  }
}
