/** One consumer's ear for hints, from before its first look until its wait is over. */
export interface Subscription {
  /**
   * The consumer has looked, found nothing and goes to sleep. Answers whether it is the one to get up for what is
   * coming, and to look now if nobody has for a poll interval (`isStale`); if not, somebody else is, and it is woken
   * when that ends.
   */
  rest(isStale: boolean): boolean;
  stop(): void;
}

/**
 * Says *look again*, and nothing else: a hint carries no truth and may be lost, doubled or late.
 * Whoever subscribes then looks for himself.
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
