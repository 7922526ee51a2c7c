/** How old a look may grow at the most before somebody else looks than whoever is to, in poll intervals. */
export const MOST_PATIENCE = 1.05;

/** One consumer's ear for hints, from before its first look until its wait is over. */
export interface Subscription {
  /**
   * The consumer has looked, found nothing and goes to sleep; `isStale`: it knows of no look that is younger than a poll
   * interval. Answers how old a look may grow before it looks itself, in poll intervals. Above 1 somebody else is to
   * look, and to get up for what is due; the consumer is woken when that ends.
   */
  rest(isStale: boolean): number;
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
      rest: () => 1,
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
