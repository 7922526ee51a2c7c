import type { Delivery } from './delivery.ts';
import { ignore } from './ignore.ts';
import type { ChannelSettings } from './options.ts';
import type { PlatformAbortSignal } from './platform-types.ts';

export interface IterateOptions
  extends Pick<ChannelSettings, 'leaseMs' | 'pollIntervalMs' | 'maxAttempts'> {
  /** Ends the loop, without an error. */
  readonly signal?: PlatformAbortSignal | undefined;
}

interface IteratorParts<D> {
  readonly dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  /** Each of them ends the loop. */
  readonly signals: readonly (PlatformAbortSignal | undefined)[];
  /** Called once, when the loop has ended. */
  readonly onEnd: () => void;
}

/**
 * Dequeues on demand, one call of `next()` after the other. Not a generator: `return()` must be able to end
 * a wait that is under way, and a generator would queue it behind that wait.
 */
export class EventIterator<D extends Delivery> implements AsyncIterableIterator<D> {
  readonly #dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  readonly #onEnd: () => void;
  readonly #ending = new AbortController();
  readonly #signals: readonly PlatformAbortSignal[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ dequeue, signals, onEnd }: IteratorParts<D>) {
    this.#dequeue = dequeue;
    this.#onEnd = onEnd;
    this.#signals = signals.filter((signal) => signal !== undefined);
    for (const signal of this.#signals) {
      if (signal.aborted) this.#end();
      else signal.addEventListener('abort', this.#end);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<D>> {
    const result = this.#turn.then(() => this.#next());
    // A failed turn has told its own caller; the next turn starts afresh.
    this.#turn = result.catch(ignore);
    return result;
  }

  async return(): Promise<IteratorResult<D>> {
    this.#end();
    await this.#turn;
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<D>> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const value = await this.#dequeue(signal);
        if (value) return { done: false, value };
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
    return { done: true, value: undefined };
  }

  readonly #end = (): void => {
    if (this.#ending.signal.aborted) return;
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#end);
    this.#ending.abort();
    this.#onEnd();
  };
}
