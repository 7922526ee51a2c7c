import type { EventMessage } from '../core/message.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Claim, ClaimRequest, MaybePromise } from './event-store.ts';
import type { Notifier, Subscription } from './notifier.ts';
import { Wait } from './wait.ts';

export interface ClaimWaiterParts {
  readonly claim: (request: ClaimRequest) => MaybePromise<Claim>;
  /** Returns what was claimed for a consumer that has gone meanwhile: the attempt does not count. */
  readonly release: (messages: readonly EventMessage[]) => Promise<void>;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
}

/**
 * Claims, and waits where nothing is due: until a hint, the next due time, or the end of the poll interval. It is
 * subscribed to hints from the turn on in which it first looks, so that no event falls between; a lost hint costs
 * one poll interval.
 */
export class ClaimWaiter {
  readonly #parts: ClaimWaiterParts;
  readonly #waits = new Set<Wait>();
  #isClosed = false;

  constructor(parts: ClaimWaiterParts) {
    this.#parts = parts;
  }

  /** What is due within `pollIntervalMs`. Rejects with the reason of `signal` once that has aborted. */
  async claim(
    request: ClaimRequest,
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly EventMessage[]> {
    signal?.throwIfAborted();
    const first = this.#parts.claim(request);
    if (!(first instanceof Promise) && first.messages.length > 0) return first.messages;
    const wait = new Wait();
    const subscription = this.#parts.notifier.subscribe(request.channel, wait.wake);
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    try {
      return await this.#look(first, request, wait, subscription, pollIntervalMs, signal);
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      this.#waits.delete(wait);
      subscription.stop();
    }
  }

  /** Ends all waits, with nothing. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.wake();
  }

  async #look(
    first: MaybePromise<Claim>,
    request: ClaimRequest,
    wait: Wait,
    subscription: Subscription,
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly EventMessage[]> {
    const { runtime, claim, release } = this.#parts;
    let endsAt = runtime.now() + pollIntervalMs;
    for (let look = first; ; ) {
      const { messages, nextDueAt } = await look;
      if (signal?.aborted || this.#isClosed) {
        await release(messages);
        signal?.throwIfAborted();
        return [];
      }
      if (messages.length > 0) return messages;
      const now = runtime.now();
      // For good, and not at each look anew: the clock may be set back by years.
      endsAt = Math.min(endsAt, now + pollIntervalMs);
      const leftMs = endsAt - now;
      if (leftMs <= 0) return [];
      const leads = subscription.rest(nextDueAt !== null);
      const untilDueMs = leads && nextDueAt !== null ? nextDueAt - now : leftMs;
      const isHinted = await wait.sleep(runtime, Math.min(leftMs, untilDueMs));
      signal?.throwIfAborted();
      if (this.#isClosed) return [];
      look = claim(isHinted ? { ...request, staleMs: 0 } : request);
    }
  }
}
