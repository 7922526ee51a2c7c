import { channelOfQueue } from '../core/options/queue-name.ts';

/**
 * One consumer's wait for events of a channel, from its first claim to its end.
 *
 * A plain notifier has `stop` alone: its consumers claim at each wake-up, when an event becomes due, and at the end of the
 * wait. A notifier of several contexts that share their scans has the other two, which save claims.
 */
export interface Subscription {
  /**
   * When the next event of the channel is due, as far as the notifier knows this without a claim. Null: no event is known
   * to come. Undefined: the consumer must claim. Called before each claim. `leftMs`: milliseconds until the wait ends, 0 or less
   * before the last claim.
   */
  nextDueAt?(leftMs: number): number | null | undefined;
  /**
   * The consumer found nothing due and goes to sleep. Returns whether it is to claim when the next event is due. False:
   * another context does so, and the notifier wakes this consumer when that context ends.
   */
  rest?(): boolean;
  /**
   * Ends the wait. `nextDueAt` is given where nothing came until the end of the wait: the consumer may come back at once,
   * as listeners do. Stopping twice has no effect.
   */
  stop(nextDueAt?: number | null): void;
}

/** One watch of the changes of a channel. */
export interface ChangeWatch {
  /** To be called before each read: the watcher is then called again at the next change. */
  next(): void;
  stop(): void;
  /** Whether changes of other contexts are not reported, so that the watcher must read now and then. Absent: they are. */
  readonly mustPoll?: () => boolean;
}

/** Wakes consumers. A wake-up is a hint: it may be lost, doubled or late, and only a claim finds out what is due. */
export interface Notifier {
  /**
   * Whether a consumer subscribes before its first claim, because the subscription may know that nothing is due. Absent:
   * it claims first, which is faster where a claim costs less than a subscription.
   */
  readonly subscribesFirst?: true;
  /** Wakes the consumers that wait for one of `channels`, in every context that the notifier reaches. Never throws. */
  notify(channels: Iterable<string>): void;
  /** Calls `wake` when the consumer must claim, until the subscription stops. The consumer waits for `pollIntervalMs`. */
  subscribe(channel: string, wake: () => void, pollIntervalMs: number): Subscription;
  /**
   * Calls `onChange` when the events of the channel may have changed, in any context, and at the close. A call may be lost only
   * where a change and {@link ChangeWatch.next} happen at the same time. Absent: the notifier does not know all changes.
   */
  watch?(channel: string, onChange: () => void): ChangeWatch;
  close(): void;
}

/** Wakes the consumers of one context. A publish wakes those of the channel's groups, too. */
export class LocalNotifier implements Notifier {
  /** By channel. */
  readonly #waiters = new Map<string, Set<() => void>>();

  notify(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const wake of [...(this.#waiters.get(channelOfQueue(channel)) ?? [])]) wake();
  }

  subscribe(queue: string, wake: () => void): Subscription {
    const channel = channelOfQueue(queue);
    const waiters = this.#waiters.get(channel) ?? new Set();
    this.#waiters.set(channel, waiters.add(wake));
    return {
      stop: () => {
        waiters.delete(wake);
        if (waiters.size === 0 && this.#waiters.get(channel) === waiters)
          this.#waiters.delete(channel);
      },
    };
  }

  close(): void {
    // Several backends may share this notifier. Consumers end their own subscriptions.
  }
}
