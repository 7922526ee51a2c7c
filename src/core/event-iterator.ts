import type { Delivery } from './delivery.ts';
import { ignore } from './ignore.ts';
import type { ChannelSettings } from './options.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { Stop } from './runtime.ts';

export interface IterateOptions
  extends Pick<ChannelSettings, 'leaseMs' | 'pollIntervalMs' | 'maxAttempts' | 'keepAlive'> {
  /** Ends the loop, without an error. */
  readonly signal?: PlatformAbortSignal | undefined;
}

interface IteratorParts<D> {
  readonly dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  /** Each of them ends the loop. */
  readonly signals: readonly (PlatformAbortSignal | undefined)[];
  /** Called when the iterator begins to receive; what it returns is called when it ends, or fails. */
  readonly join: () => Stop;
}

/**
 * Dequeues on demand, one call of `next()` after the other. Not a generator: `return()` must be able to end
 * a wait that is under way, and a generator would queue it behind that wait.
 * Invariant: the iterator listens to its signals, and receives, from its creation until it ends or a turn fails. After a
 * failed turn a `for await` loop calls neither `next()` nor `return()`; a caller that calls `next()` begins again.
 */
export class EventIterator<D extends Delivery> implements AsyncIterableIterator<D> {
  readonly #dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  readonly #join: () => Stop;
  readonly #ending = new AbortController();
  readonly #signals: readonly PlatformAbortSignal[];
  /** Set while the iterator receives. */
  #leave: Stop | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ dequeue, signals, join }: IteratorParts<D>) {
    this.#dequeue = dequeue;
    this.#join = join;
    this.#signals = signals.filter((signal) => signal !== undefined);
    this.#begin();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<D>> {
    const result = this.#turn.then(() => this.#next());
    // The caller of a failed `next` has its error already, so the next call starts afresh.
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
    this.#begin();
    while (!signal.aborted) {
      try {
        const value = await this.#dequeue(signal);
        if (value) return { done: false, value };
      } catch (error) {
        if (error === signal.reason) continue;
        this.#suspend();
        throw error;
      }
    }
    return { done: true, value: undefined };
  }

  #begin(): void {
    if (this.#leave || this.#ending.signal.aborted) return;
    this.#leave = this.#join();
    for (const signal of this.#signals) signal.addEventListener('abort', this.#end);
    if (this.#signals.some(({ aborted }) => aborted)) this.#end();
  }

  #suspend(): void {
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#end);
    this.#leave?.();
    this.#leave = undefined;
  }

  readonly #end = (): void => {
    if (this.#ending.signal.aborted) return;
    this.#suspend();
    this.#ending.abort();
  };
}
