import { type ChannelStats, EventChannel, type PublishOptions } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { BenchPayload } from '../payloads.ts';
import type { Consumer, CycleQueue, QueueSettings } from './cycle-queue.ts';

const CHANNEL = 'bench';

/** The library as applications use it: single publishes, a listener, and defaults for everything but durability. */
export class AcklineQueue implements CycleQueue {
  readonly #channel: EventChannel<{ [CHANNEL]: BenchPayload }>;

  readonly #optionsOfNext: () => PublishOptions | undefined;

  /** `optionsOfNext` makes the options of each publish. */
  constructor(
    { database, durability }: QueueSettings,
    optionsOfNext: () => PublishOptions | undefined = () => undefined,
  ) {
    this.#optionsOfNext = optionsOfNext;
    this.#channel = new EventChannel({ backend: indexedDbBackend({ database, durability }) });
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    await Promise.all(
      payloads.map((payload) =>
        this.#channel.publish(CHANNEL, payload, null, this.#optionsOfNext()),
      ),
    );
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
