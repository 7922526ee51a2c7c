import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';

/** How long housekeeping waits for claims at the most. */
const LONGEST_PAUSE_MS = 1_000;

/** Counts the claims of this context that are in progress, so that housekeeping can pause meanwhile. */
export class ClaimsInProgress {
  readonly #clock: Clock;
  #count = 0;
  /** Ends the last pause. */
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a claim until it settles, and passes its result on. */
  async during<T>(claim: Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await claim;
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.close();
    }
  }

  /** Resolves when no claim is in progress, or after a second. For one caller at a time. */
  async pause(): Promise<void> {
    if (this.#count === 0) return;
    let stopTimer: Stop | undefined;
    const ended = new Promise<void>((end) => {
      this.#end = end;
      stopTimer = this.#clock.after(LONGEST_PAUSE_MS, end);
    });
    await ended;
    stopTimer?.();
  }

  /** Ends a pause that is in progress. */
  close(): void {
    this.#end?.();
  }
}
