import { channelOfQueue } from '../options/queue-name.ts';
import type { ChannelSyncListener } from './sync-listener.ts';

/** Events that one automatic drain handles before it lets the thread do other work. */
const AUTO_DRAIN_LIMIT = 1_000;

/** Runs the listeners of one synchronous channel. */
export class SyncDrain {
  readonly #listeners = new Set<ChannelSyncListener>();
  readonly #isAutomatic: boolean;
  readonly #callSoon: (run: () => void) => void;
  #isRunning = false;
  #isPlanned = false;

  constructor(isAutomatic: boolean, callSoon: (run: () => void) => void) {
    this.#isAutomatic = isAutomatic;
    this.#callSoon = callSoon;
  }

  /** Runs the listener until it has stopped. */
  add(listener: ChannelSyncListener): void {
    this.#listeners.add(listener);
    this.plan();
  }

  /** Stops the listeners of one channel and its groups, or of all channels. */
  stop(channel?: string): void {
    for (const listener of this.#listeners)
      if (channel === undefined || channelOfQueue(listener.channel) === channel) listener.stop();
  }

  /**
   * Handles up to `limit` due events, one of each listener after the other, and returns the number of events handled. A call
   * within a handler returns 0, because the outer drain goes on.
   */
  run(limit: number): number {
    if (this.#isRunning) return 0;
    this.#isRunning = true;
    let handledCount = 0;
    try {
      for (let goesOn = true; goesOn && handledCount < limit; ) {
        goesOn = false;
        for (const listener of this.#listeners) {
          if (listener.status === 'stopped') this.#listeners.delete(listener);
          else if (listener.handleNext()) {
            goesOn = true;
            handledCount += 1;
          }
        }
      }
    } finally {
      this.#isRunning = false;
    }
    return handledCount;
  }

  /** Runs in a microtask, unless drains are not automatic. */
  plan(): void {
    if (!this.#isAutomatic || this.#isPlanned || this.#listeners.size === 0) return;
    this.#isPlanned = true;
    // Fake timers may replace `queueMicrotask`.
    void Promise.resolve().then(() => {
      this.#isPlanned = false;
      // A handler that always publishes must not block the thread.
      if (this.run(AUTO_DRAIN_LIMIT) >= AUTO_DRAIN_LIMIT) this.#callSoon(() => this.plan());
    });
  }
}
