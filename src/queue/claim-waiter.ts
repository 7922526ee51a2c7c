import type { EventMessage } from '../core/message.ts';
import type { Runtime } from '../core/runtime.ts';
import { Alarm } from './alarm.ts';
import type { Claim, ClaimRequest, MaybePromise } from './event-store.ts';
import type { Notifier } from './notifier.ts';
import { Wait } from './wait.ts';

export interface ClaimWaiterParts {
  readonly claim: (request: ClaimRequest) => MaybePromise<Claim>;
  /** Returns what was claimed for a consumer that has gone meanwhile: the attempt does not count. */
  readonly release: (messages: readonly EventMessage[]) => Promise<void>;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
}

const NEVER = Number.POSITIVE_INFINITY;

/** By how much more than a poll interval consumers let a look grow old that somebody else is to renew: twice, at the most. */
const PATIENCE = 1 / 40;

/**
 * Claims, and waits where nothing is due: until a hint, the next due time, or the end of the poll interval. It is
 * subscribed to hints from the turn on in which it first looks, so that no event falls between; a lost hint costs
 * one poll interval. Whose look it is that is not older than that, does not matter.
 */
export class ClaimWaiter {
  readonly #parts: ClaimWaiterParts;
  readonly #alarm: Alarm;
  readonly #waits = new Set<Wait>();
  /** Those of them whose consumers have gone with nothing, and may come back at once, as listeners do. */
  readonly #left = new Set<Wait>();
  /** Differs from context to context, so that they do not all look at once. */
  #ownPatience: number | undefined;
  #isClosed = false;

  constructor(parts: ClaimWaiterParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.runtime);
  }

  /** What is due within `pollIntervalMs`. Rejects with the reason of `signal` once that has aborted. */
  async claim(
    request: ClaimRequest,
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly EventMessage[]> {
    signal?.throwIfAborted();
    const left = this.#leftBefore(request);
    const first = this.#parts.claim(left ? { ...request, staleMs: left.staleMs } : request);
    if (!left && !(first instanceof Promise) && first.messages.length > 0) return first.messages;
    const wait = left ?? new Wait(request.channel, this.#parts.notifier);
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    try {
      return await this.#look(first, request, wait, pollIntervalMs, signal);
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      if (!this.#left.has(wait)) this.#end(wait);
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
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly EventMessage[]> {
    const { runtime, claim, release } = this.#parts;
    let endsAt = runtime.now() + pollIntervalMs;
    for (let look = first; ; ) {
      const { messages, nextDueAt, lookedAt = NEVER } = await look;
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
      const untilDueMs = (nextDueAt ?? NEVER) - now;
      if (leftMs <= 0) {
        if (lookedAt < NEVER && wait.staleMs > 0)
          this.#leave(wait, now, Math.min(pollIntervalMs, untilDueMs));
        return [];
      }
      const leads = wait.subscription.rest(lookedAt + pollIntervalMs <= now);
      wait.staleMs = pollIntervalMs * this.#patience;
      const freshMs = lookedAt + (leads ? pollIntervalMs : wait.staleMs) - now;
      await wait.sleep(this.#alarm, Math.min(leftMs, freshMs, leads ? untilDueMs : NEVER));
      signal?.throwIfAborted();
      if (this.#isClosed) return [];
      // Who sleeps again asks then whether it is for him to look; who may not come back looks before he goes.
      const isLast = !wait.isResumed && runtime.now() >= endsAt;
      const staleMs = isLast || freshMs <= 0 ? pollIntervalMs : wait.staleMs;
      look = claim({ ...request, staleMs });
    }
  }

  get #patience(): number {
    this.#ownPatience ??= 1 + PATIENCE * (1 + this.#parts.runtime.random());
    return this.#ownPatience;
  }

  /**
   * The consumer goes with nothing, but may come back at once, as listeners do. Until then its place is kept, the
   * turn too; a hint ends that, so that it goes to somebody who waits.
   */
  #leave(wait: Wait, now: number, ms: number): void {
    wait.leftAt = now;
    this.#left.add(wait);
    const endLeft = () => {
      if (this.#left.delete(wait)) this.#end(wait);
    };
    void wait.sleep(this.#alarm, ms).then(endLeft);
  }

  /** A wait for the same channel that was left a moment ago: the consumer is back, and goes on. */
  #leftBefore({ channel, staleMs = 0 }: ClaimRequest): Wait | undefined {
    if (this.#left.size === 0) return undefined;
    const now = this.#parts.runtime.now();
    for (const wait of this.#left) {
      if (wait.channel !== channel || Math.abs(now - wait.leftAt) >= staleMs) continue;
      this.#left.delete(wait);
      wait.isResumed = true;
      wait.wake();
      return wait;
    }
    return undefined;
  }

  #end(wait: Wait): void {
    this.#waits.delete(wait);
    wait.subscription.stop();
  }
}
