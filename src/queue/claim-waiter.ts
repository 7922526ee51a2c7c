import { ignore } from '../core/ignore.ts';
import { isPromiseLike } from '../core/is-promise-like.ts';
import type { DequeueOptions } from '../core/protocols.ts';
import type { Runtime, Stop } from '../core/runtime.ts';
import { throwIfAborted } from '../core/throw-if-aborted.ts';
import type { Claim, ClaimRequest, MaybePromise } from './event-store.ts';
import { MOST_PATIENCE, type Notifier } from './notifier.ts';
import { Wait } from './poll-wait.ts';

/** Of a runtime, what a wait needs; `after` may call early. */
export type Clock = Pick<Runtime, 'now' | 'after'>;

export interface ClaimWaiterParts {
  readonly claim: (request: ClaimRequest) => MaybePromise<Claim>;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Keeps the process alive until the returned function is called. */
  readonly hold: () => Stop;
}

/** What was claimed. */
export type Taken = Pick<Claim, 'messages' | 'places'>;

/** What of a consumer's terms the wait needs. */
type Terms = Pick<DequeueOptions, 'signal' | 'keepAlive'>;

const NOTHING: Taken = { messages: [] };

/** For how long the process is kept alive for a consumer that goes with nothing: long enough for a listener to come back. */
const RETURN_MS = 20;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Claims, and waits where nothing is due: until a hint, the next due time, or the end of the poll interval. The wait is
 * subscribed to hints from the turn on in which it first claims, so that no event falls between; a lost hint costs
 * one poll interval.
 */
export class ClaimWaiter {
  readonly #parts: ClaimWaiterParts;
  readonly #waits = new Set<Wait>();
  /** Those of them whose consumers have gone with nothing, and may come back at once, as listeners do. */
  readonly #left = new Map<string, Set<Wait>>();
  #isClosed = false;

  constructor(parts: ClaimWaiterParts) {
    this.#parts = parts;
  }

  /**
   * What is due within `pollIntervalMs`. Where `signal` has aborted it rejects with the reason, unless a look has brought
   * something: the caller hands that back.
   */
  async claim(request: ClaimRequest, pollIntervalMs: number, options: Terms = {}): Promise<Taken> {
    const { signal } = options;
    throwIfAborted(signal);
    const left = this.#left.size > 0 ? this.#resume(request) : undefined;
    const first = this.#parts.claim(
      left ? { ...request, staleMs: pollIntervalMs * MOST_PATIENCE } : request,
    );
    if (!left && !isPromiseLike(first) && first.messages.length > 0) return first;
    const wait = left ?? new Wait(request.channel, this.#parts.notifier);
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    try {
      return await this.#look(first, request, wait, pollIntervalMs, options);
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      if (!this.#left.get(wait.channel)?.has(wait)) this.#end(wait);
    }
  }

  /** Ends all waits: with nothing, unless a look under way brings something. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.wake();
  }

  async #look(
    first: MaybePromise<Claim>,
    request: ClaimRequest,
    wait: Wait,
    pollIntervalMs: number,
    { signal, keepAlive }: Terms,
  ): Promise<Taken> {
    const { clock, claim } = this.#parts;
    let endsAt = clock.now() + pollIntervalMs;
    for (let look = first; ; ) {
      const claimed = await look;
      const { messages, nextDueAt, isScanned = false } = claimed;
      if (messages.length > 0) return claimed;
      throwIfAborted(signal);
      if (this.#isClosed) return NOTHING;
      const now = clock.now();
      // For good, and not at each look anew: the clock may be set back by years.
      endsAt = Math.min(endsAt, now + pollIntervalMs);
      const leftMs = endsAt - now;
      const untilDueMs = (nextDueAt ?? NEVER) - now;
      const isIdle = request.staysIdle === true && nextDueAt === null && pollIntervalMs > 0;
      const isHeld = keepAlive === 'work' ? nextDueAt !== null : keepAlive === true;
      if (leftMs <= 0 && !isIdle) {
        if (isHeld) this.#holdAWhile();
        if (isScanned) this.#leave(wait, now, Math.min(pollIntervalMs, untilDueMs));
        return NOTHING;
      }
      const isLeading = wait.subscription.rest(pollIntervalMs);
      const restMs = isLeading ? Math.min(leftMs, untilDueMs) : leftMs;
      await this.#sleep(wait, isIdle ? NEVER : restMs, isHeld);
      throwIfAborted(signal);
      if (this.#isClosed) return NOTHING;
      // A consumer that does not come back claims once more at the end of its wait.
      const isLast = !wait.isResumed && clock.now() >= endsAt;
      look = claim({ ...request, staleMs: pollIntervalMs * (isLast ? 1 : MOST_PATIENCE) });
    }
  }

  async #sleep(wait: Wait, ms: number, isHeld: boolean): Promise<void> {
    const release = isHeld ? this.#parts.hold() : ignore;
    await wait.sleep(this.#parts.clock, ms);
    release();
  }

  /** A listener goes with nothing at each end of a poll interval, and comes back a moment later. */
  #holdAWhile(): void {
    const release = this.#parts.hold();
    if (release !== ignore) this.#parts.clock.after(RETURN_MS, release);
  }

  /**
   * The consumer goes with nothing, but may come back at once, as listeners do. Until then its place is kept, the
   * turn too; a hint ends that, so that it goes to somebody who waits.
   */
  #leave(wait: Wait, now: number, ms: number): void {
    const { channel } = wait;
    wait.leftAt = now;
    this.#left.set(channel, (this.#left.get(channel) ?? new Set()).add(wait));
    const endLeft = () => {
      if (this.#unleave(wait)) this.#end(wait);
    };
    void wait.sleep(this.#parts.clock, ms).then(endLeft);
  }

  /** A wait for the same channel that was left a moment ago: the consumer is back. */
  #resume({ channel, staleMs = 0 }: ClaimRequest): Wait | undefined {
    const now = this.#parts.clock.now();
    for (const wait of this.#left.get(channel) ?? [])
      if (Math.abs(now - wait.leftAt) < staleMs) {
        this.#unleave(wait);
        wait.isResumed = true;
        wait.wake();
        return wait;
      }
    return undefined;
  }

  /** Answers whether it was left. */
  #unleave(wait: Wait): boolean {
    const left = this.#left.get(wait.channel);
    const wasLeft = left?.delete(wait) === true;
    if (left?.size === 0) this.#left.delete(wait.channel);
    return wasLeft;
  }

  #end(wait: Wait): void {
    this.#waits.delete(wait);
    wait.subscription.stop();
  }
}
