import type { Stop } from '../core/runtime.ts';

/**
 * Says *look again*, and nothing else: a hint carries no truth and may be lost, doubled or late.
 * Whoever subscribes then looks for himself.
 */
export interface Notifier {
  /** Wakes everyone who waits for one of `channels`, in every context that is reached. Never throws. */
  notify(channels: Iterable<string>): void;
  /** Calls `wake` at each hint for `channel` until the returned function is called. */
  subscribe(channel: string, wake: () => void): Stop;
  close(): void;
}

/** Hints within one context. */
export class LocalNotifier implements Notifier {
  readonly #waiters = new Map<string, Set<() => void>>();

  notify(channels: Iterable<string>): void {
    for (const channel of channels)
      for (const wake of [...(this.#waiters.get(channel) ?? [])]) wake();
  }

  subscribe(channel: string, wake: () => void): Stop {
    const waiters = this.#waiters.get(channel) ?? new Set();
    this.#waiters.set(channel, waiters.add(wake));
    return () => {
      waiters.delete(wake);
      if (waiters.size === 0 && this.#waiters.get(channel) === waiters)
        this.#waiters.delete(channel);
    };
  }

  close(): void {
    // Nothing to release: it may be shared, and waiters take themselves out.
  }
}
