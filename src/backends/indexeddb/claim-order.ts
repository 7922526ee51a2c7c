import type { Runtime } from '../../core/runtime.ts';
import type { Locks } from '../../platform/locks.ts';

/** After a claim that was lost to another context, they take turns for so long. */
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

  constructor(locks: Locks | undefined, name: string, runtime: Runtime) {
    this.#locks = locks;
    this.#name = name;
    this.#runtime = runtime;
  }

  /** A claim was lost to another context. */
  contest(): void {
    this.#isContestedUntil = this.#runtime.now() + CONTEST_MS;
  }

  /** `limit`: how many events are to be claimed. */
  async inTurn<T>(limit: number, claim: () => Promise<T>): Promise<T> {
    if (!this.#locks || this.#runtime.now() >= this.#isContestedUntil) return claim();
    const waiting = new AbortController();
    const giveUp = () => {
      this.#isContestedUntil = Number.NEGATIVE_INFINITY;
      waiting.abort();
    };
    const waitMs = LONGEST_WAIT_MS + Math.min(limit, LONGEST_WAIT_FOR_EVENTS_MS);
    const stopTimer = this.#runtime.after(waitMs, giveUp);
    let hasBegun = false;
    const claimNow = () => {
      hasBegun = true;
      stopTimer();
      return claim();
    };
    try {
      return await this.#locks.request(this.#name, { signal: waiting.signal }, claimNow);
    } catch (error) {
      if (hasBegun) throw error;
      stopTimer();
      return claim();
    }
  }
}
