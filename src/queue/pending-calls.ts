import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import type { MaybePromise } from './event-store.ts';

/** The calls to a store in progress, so that a shutdown can wait for them. */
export class PendingCalls {
  readonly #hold: () => Stop;
  readonly #pending = new Set<Promise<unknown>>();

  /** `hold` keeps the process alive until the function that it returns is called, because a caller awaits each call. */
  constructor(hold: () => Stop) {
    this.#hold = hold;
  }

  /** An answer that is no promise is not tracked. */
  track<T>(answer: MaybePromise<T>): MaybePromise<T> {
    if (!isPromiseLike(answer)) return answer;
    this.#pending.add(answer);
    const release = this.#hold();
    const drop = () => {
      this.#pending.delete(answer);
      release();
    };
    answer.then(drop, drop);
    return answer;
  }

  /** Resolves when no call is in progress. Calls that begin during the wait are awaited too. */
  async untilNone(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}
