import { channelOfQueue } from '../options/queue-name.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import { throwIfAborted } from '../runtime/throw-if-aborted.ts';
import type { ChannelListener } from './channel-listener.ts';
import type { StopOptions } from './listener.ts';

/** The listeners of one channel object that have not stopped. */
export class ListenerSet {
  readonly #listeners = new Set<ChannelListener>();

  /** Keeps the listener until it has stopped. `signal` stops the listener. */
  add(listener: ChannelListener, signal: AbortSignal | undefined): void {
    this.#listeners.add(listener);
    const stop = () => void listener.stop();
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
    void listener.closed.then(() => {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', stop);
    });
  }

  /** Stops the listeners of one channel and its groups, or of all channels. */
  async stop(options: StopOptions | undefined, channel?: string): Promise<void> {
    const chosen = [...this.#listeners].filter(
      (listener) => channel === undefined || channelOfQueue(listener.channel) === channel,
    );
    await Promise.all(chosen.map((listener) => listener.stop(options)));
  }

  /**
   * Resolves with the number of events handled, once no listener has a due event or a running handler. Rejects with the
   * reason of `signal`.
   */
  async drain(signal: PlatformAbortSignal | undefined): Promise<number> {
    throwIfAborted(signal);
    for (let handledCount = 0; ; ) {
      const drains = [...this.#listeners].map((listener) => listener.drain(signal));
      const counts = await Promise.all(drains);
      throwIfAborted(signal);
      const newCount = counts.reduce((sum, count) => sum + count, 0);
      // A handler may have published to a channel whose listener had nothing due before.
      if (newCount === 0) return handledCount;
      handledCount += newCount;
    }
  }
}
