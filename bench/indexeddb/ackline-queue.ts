import { type ChannelStats, EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { BenchPayload } from '../payloads.ts';
import type { Consumer, CycleQueue, QueueSettings } from './cycle-queue.ts';

const CHANNEL = 'bench';

/** The library as applications use it: single publishes, a listener, and defaults for everything but durability. */
export class AcklineQueue implements CycleQueue {
  readonly #channel: EventChannel<{ [CHANNEL]: BenchPayload }>;

  constructor({ database, durability }: QueueSettings) {
    this.#channel = new EventChannel({ backend: indexedDbBackend({ database, durability }) });
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    await Promise.all(payloads.map((payload) => this.#channel.publish(CHANNEL, payload)));
  }

  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    return this.#channel.listen(CHANNEL, ({ payload }) => handle(payload), { concurrency });
  }

  async countLeft(): Promise<number> {
    const { ready, leased, scheduled, dead }: ChannelStats = await this.#channel.stats(CHANNEL);
    return ready + leased + scheduled + dead;
  }

  async close(): Promise<void> {
    await this.#channel.shutdown();
  }
}
