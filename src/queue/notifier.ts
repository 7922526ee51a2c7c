/** How many poll intervals a scan may be old at the most for the answer, at the end of a wait, that nothing is due. */
export const MOST_PATIENCE = 1.05;

/** One consumer's ear for hints, from before its first claim until its wait is over. */
export interface Subscription {
  /**
   * The consumer has claimed, got nothing and goes to sleep; what comes without a hint it is to learn within
   * `pollIntervalMs`. Answers whether it is to claim when the next event is due; otherwise another context is to, and the
   * consumer is woken when that one ends.
   */
  rest(pollIntervalMs: number): boolean;
  stop(): void;
}

/**
 * Says *look again*, and nothing else: a hint carries no truth and may be lost, doubled or late.
 * A consumer that is woken claims.
 */
export interface Notifier {
  /** Wakes everyone who waits for one of `channels`, in every context that is reached. Never throws. */
  notify(channels: Iterable<string>): void;
  /** Calls `wake` at each hint for `channel` that this consumer is to follow, until it stops. */
  subscribe(channel: string, wake: () => void): Subscription;
  close(): void;
}

/** Hints within one context. */
export class LocalNotifier implements Notifier {
  readonly #waiters = new Map<string, Set<() => void>>();

  notify(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const wake of [...(this.#waiters.get(channel) ?? [])]) wake();
  }

  subscribe(channel: string, wake: () => void): Subscription {
    const waiters = this.#waiters.get(channel) ?? new Set();
    this.#waiters.set(channel, waiters.add(wake));
    return {
      rest: () => true,
      stop: () => {
        waiters.delete(wake);
        if (waiters.size === 0 && this.#waiters.get(channel) === waiters)
          this.#waiters.delete(channel);
      },
    };
  }

  close(): void {
    // Nothing to release: it may be shared, and waiters take themselves out.
  }
}
