import type { Delivery } from '../delivery/delivery.ts';
import type { ChannelSettings } from '../options/options.ts';
import type { GroupOptions } from '../options/queue-name.ts';
import { ignore } from '../runtime/ignore.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { Stop } from '../runtime/runtime.ts';
import { Tagged } from '../runtime/tagged.ts';

export interface IterateOptions
  extends Pick<ChannelSettings, 'leaseMs' | 'pollIntervalMs' | 'maxAttempts' | 'keepAlive'>,
    GroupOptions {
  /** Ends the loop, without an error. */
  readonly signal?: PlatformAbortSignal | undefined;
}

interface IteratorParts<D> {
  readonly dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  /** Each signal ends the loop. */
  readonly signals: readonly (PlatformAbortSignal | undefined)[];
  /** Called when the iterator begins to receive. The returned function is called when it ends or fails. */
  readonly join: () => Stop;
}

/**
 * Dequeues one event for each call of `next()`, in the order of the calls. It is no generator, because a generator would queue
 * `return()` behind a pending wait, and `return()` must end that wait.
 *
 * States: receiving, suspended after a call failed, ended. While receiving, the iterator listens to its signals and is joined
 * to its channel. A `for await` loop calls neither `next()` nor `return()` after a failure, so a failure must suspend the
 * iterator. The next call of `next()` makes it receive again.
 */
export class EventIterator<D extends Delivery> extends Tagged implements AsyncIterableIterator<D> {
  readonly #dequeue: (stop: PlatformAbortSignal) => Promise<D | null>;
  readonly #join: () => Stop;
  readonly #ending = new AbortController();
  readonly #signals: readonly PlatformAbortSignal[];
  /** Set while the iterator receives. */
  #leave: Stop | undefined;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor({ dequeue, signals, join }: IteratorParts<D>) {
    super();
    this.#dequeue = dequeue;
    this.#join = join;
    this.#signals = signals.filter((signal) => signal !== undefined);
    this.#begin();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<D>> {
    const result = this.#lastCall.then(() => this.#next());
    // The caller of a failed `next()` has its error. The next call is independent of it.
    this.#lastCall = result.catch(ignore);
    return result;
  }

  async return(): Promise<IteratorResult<D>> {
    this.#end();
    await this.#lastCall;
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
