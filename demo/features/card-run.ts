import { EventChannel } from 'ackline';
import { allFeatures, indexedDbBackend, purgePartition } from 'ackline/indexeddb';
import type { CardEvents, Channels, Replies, RunCard } from './card.ts';

const DATABASE = 'ackline-features';

/** Runs the code of one card in a partition of its own, which each run empties first. */
export class CardRun {
  readonly #partition: string;
  readonly #run: RunCard;
  /** The channel of the last run. Its listeners go on until the next run. */
  #events: CardEvents | undefined;

  constructor(partition: string, run: RunCard) {
    this.#partition = partition;
    this.#run = run;
  }

  async start(say: (line: string) => void): Promise<void> {
    const where = { database: DATABASE, partition: this.#partition };
    await this.#events?.shutdown();
    await purgePartition(where);
    this.#events = new EventChannel<Channels, Replies>({
      backend: indexedDbBackend({ ...where, features: allFeatures }),
      channels: { reading: { maxBacklog: 3 } },
      backoffBaseMs: 500,
      observer: () => undefined,
    });
    await this.#run(this.#events, say);
  }
}
