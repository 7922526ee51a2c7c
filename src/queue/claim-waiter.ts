import type { DequeueOptions } from '../core/protocols/protocols.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import type { Claim, ClaimRequest, MaybePromise } from './event-store.ts';
import type { Notifier, Subscription } from './notifier.ts';
import { Wait } from './poll-wait.ts';

/** The part of a runtime that a wait needs. `after` may call early. */
export type Clock = Pick<Runtime, 'now' | 'after'>;

export interface ClaimWaiterParts {
  readonly claim: (request: ClaimRequest) => MaybePromise<Claim>;
  readonly notifier: Notifier;
  readonly clock: Clock;
  /** Keeps the process alive until the returned function is called. */
  readonly hold: () => Stop;
}

/** The events that a wait has claimed. */
export type Taken = Pick<Claim, 'messages' | 'places'>;

/** The end of a wait. `nextDueAt` is present where it ended with nothing at the end of its poll interval. */
type WaitResult = Taken & { readonly nextDueAt?: number | null };

/** The options of `dequeue` that concern the wait. */
type WaitOptions = Pick<DequeueOptions, 'signal' | 'keepAlive' | 'staysIdle'>;

const NOTHING: WaitResult = { messages: [] };

/** How long a listener that found nothing keeps the process alive until it claims again. */
const RETURN_MS = 20;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Claims, and waits while nothing is due: until a wake-up, the next due time, or the end of the poll interval. A consumer
 * subscribes in the microtask of its first claim, so that no event falls between the two. A lost wake-up delays an event by
 * one poll interval at most.
 */
export class ClaimWaiter {
  readonly #parts: ClaimWaiterParts;
  readonly #waits = new Set<Wait>();
  #isClosed = false;

  constructor(parts: ClaimWaiterParts) {
    this.#parts = parts;
  }

  /**
   * Returns the events that are due within the poll interval of the request. Once `signal` has aborted it rejects with the
   * signal's reason, unless a claim has brought events: the caller releases these.
   */
  async claim(request: ClaimRequest, options: WaitOptions = {}): Promise<Taken> {
    const { signal } = options;
    throwIfAborted(signal);
    const { claim, notifier } = this.#parts;
    const first = notifier.subscribesFirst ? undefined : claim(request);
    if (first && !isPromiseLike(first) && first.messages.length > 0) return first;
    const wait = new Wait();
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    const { channel, pollIntervalMs } = request;
    const subscription = notifier.subscribe(channel, wait.wake, pollIntervalMs);
    let result = NOTHING;
    try {
      result = await this.#claimOrSleep(first, request, wait, subscription, options);
      return result;
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      this.#waits.delete(wait);
      const isEmpty = result.messages.length === 0 && !wait.isWoken;
      subscription.stop(isEmpty ? result.nextDueAt : undefined);
    }
  }

  /** Ends all waits. A claim in progress may still bring events. */
  close(): void {
    this.#isClosed = true;
    for (const wait of this.#waits) wait.wake();
  }

  async #claimOrSleep(
    first: MaybePromise<Claim> | undefined,
    request: ClaimRequest,
    wait: Wait,
    subscription: Subscription,
    { signal, keepAlive, staysIdle }: WaitOptions,
  ): Promise<WaitResult> {
    const { clock } = this.#parts;
    const { pollIntervalMs } = request;
    let endsAt = clock.now() + pollIntervalMs;
    for (let claiming = first; ; claiming = undefined) {
      const claimed = await (claiming ??
        this.#claimUnlessKnown(request, subscription, endsAt - clock.now()));
      const { messages, nextDueAt } = claimed;
      if (messages.length > 0) return claimed;
      throwIfAborted(signal);
      if (this.#isClosed) return NOTHING;
      const now = clock.now();
      // A clock that is set back must not lengthen the wait.
      endsAt = Math.min(endsAt, now + pollIntervalMs);
      const leftMs = endsAt - now;
      const isIdle = staysIdle === true && nextDueAt === null && pollIntervalMs > 0;
      const isHeld = keepAlive === 'work' ? nextDueAt !== null : keepAlive === true;
      if (leftMs <= 0 && !isIdle) {
        if (isHeld) this.#holdUntilNextClaim();
        return claimed;
      }
      const claimsWhenDue = subscription.rest?.() ?? true;
      const untilDueMs = claimsWhenDue ? (nextDueAt ?? NEVER) - now : NEVER;
      await this.#sleep(wait, isIdle ? NEVER : Math.min(leftMs, untilDueMs), isHeld);
      throwIfAborted(signal);
      if (this.#isClosed) return NOTHING;
    }
  }

  #claimUnlessKnown(
    request: ClaimRequest,
    subscription: Subscription,
    leftMs: number,
  ): MaybePromise<Claim> {
    const nextDueAt = subscription.nextDueAt?.(leftMs);
    return nextDueAt === undefined ? this.#parts.claim(request) : { messages: [], nextDueAt };
  }

  async #sleep(wait: Wait, ms: number, isHeld: boolean): Promise<void> {
    const release = isHeld ? this.#parts.hold() : ignore;
    await wait.sleep(this.#parts.clock, ms);
    release();
  }

  /** A listener returns with nothing at the end of each poll interval, and claims again a moment later. */
  #holdUntilNextClaim(): void {
    const release = this.#parts.hold();
    if (release !== ignore) this.#parts.clock.after(RETURN_MS, release);
  }
}
