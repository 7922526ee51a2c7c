import { channelOfQueue, groupOfQueue } from '../../../core/options/queue-name.ts';
import type { Stop } from '../../../core/runtime/runtime.ts';
import { once } from '../wire/once.ts';

/**
 * The queues of this context that get a copy of each event: the plain queue of a channel, and one for each group. A queue gets
 * copies from its first consumer on until the last one has left.
 */
export class LocalQueues {
  /** By channel and queue, the number of consumers. */
  readonly #consumers = new Map<string, Map<string, number>>();
  readonly #onLeft: (queue: string) => void;

  /** `onLeft` is called when the last consumer of a queue has left. */
  constructor(onLeft: (queue: string) => void) {
    this.#onLeft = onLeft;
  }

  has(queue: string): boolean {
    return this.#consumers.get(channelOfQueue(queue))?.has(queue) === true;
  }

  /** In the order in which they began. */
  of(channel: string): readonly string[] {
    return [...(this.#consumers.get(channel)?.keys() ?? [])];
  }

  groupsOf(channel: string): string[] {
    return this.of(channel).flatMap((queue) => groupOfQueue(queue) ?? []);
  }

  /** Adds a consumer until the returned function is called. */
  join(queue: string): Stop {
    const channel = channelOfQueue(queue);
    const counts = this.#consumers.get(channel) ?? new Map<string, number>();
    this.#consumers.set(channel, counts);
    counts.set(queue, (counts.get(queue) ?? 0) + 1);
    return once(() => {
      const left = (counts.get(queue) ?? 0) - 1;
      if (left > 0) counts.set(queue, left);
      else {
        counts.delete(queue);
        if (counts.size === 0) this.#consumers.delete(channel);
        this.#onLeft(queue);
      }
    });
  }
}
