import { isPromiseLike } from '../core/is-promise-like.ts';
import type { MaybePromise } from './event-store.ts';

/** Calls to a store that are under way, so that a shutdown can let them end. */
export class PendingCalls {
  readonly #pending = new Set<Promise<unknown>>();

  /** What answers at once needs no keeping. */
  track<T>(answer: MaybePromise<T>): MaybePromise<T> {
    if (!isPromiseLike(answer)) return answer;
    this.#pending.add(answer);
    const drop = () => this.#pending.delete(answer);
    answer.then(drop, drop);
    return answer;
  }

  /** Resolves when none is under way, those that began meanwhile included. */
  async untilNone(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }
}
