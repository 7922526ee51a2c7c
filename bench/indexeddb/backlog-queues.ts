import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { BenchPayload } from '../payloads.ts';
import { storeSegments } from './backlog-rows.ts';
import type { Consumer } from './cycle-queue.ts';
import { ObviousQueue } from './obvious-queue.ts';

export interface ClaimedEvents {
  readonly sequences: readonly number[];
  /** How many of the acknowledgements were accepted. */
  acknowledge(): Promise<number>;
}

/** A queue in IndexedDB that can be filled with a large backlog within seconds. */
export interface BacklogQueue {
  /** Stores the events as publishes of `perCommit` events at once would store them. */
  fill(payloads: readonly BenchPayload[], perCommit: number): Promise<void>;
  publish(payload: BenchPayload): Promise<unknown>;
  /** The next `batch` events, or as many as are left. */
  claim(): Promise<ClaimedEvents>;
  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer;
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

const CHANNEL = 'bench';

/** `batch` is the number of events in one claim. A listener uses its concurrency instead. */
export function openAcklineBacklog(database: string, batch: number): BacklogQueue {
  const backend = indexedDbBackend({ database });
  const events = new EventChannel<{ [CHANNEL]: BenchPayload }>({ backend });
  const countLeft = async () => {
    const { ready, leased, scheduled, dead } = await events.stats(CHANNEL);
    return ready + leased + scheduled + dead;
  };
  return {
    countLeft,
    async fill(payloads, perCommit) {
      // The first call creates the database.
      await countLeft();
      await storeSegments(database, CHANNEL, payloads, perCommit);
    },
    publish: (payload) => events.publish(CHANNEL, payload),
    async claim() {
      const deliveries = await events.dequeueMany(CHANNEL, batch, { pollIntervalMs: 0 });
      return {
        sequences: deliveries.map(({ payload }) => payload.sequence),
        async acknowledge() {
          const settlements = await Promise.all(deliveries.map((delivery) => delivery.ack()));
          return settlements.filter((settlement) => settlement === 'ok').length;
        },
      };
    },
    consume: (concurrency, handle) =>
      events.listen(CHANNEL, ({ payload }) => handle(payload), { concurrency }),
    close: () => events.shutdown(),
  };
}

/** Rows that one transaction writes. More rows would need too much memory. */
const ROWS_PER_TRANSACTION = 10_000;

/** `batch` is the number of events that a consumer claims and acknowledges in one transaction. */
export async function openObviousBacklog(database: string, batch: number): Promise<BacklogQueue> {
  const queue = await ObviousQueue.open({ database, durability: 'relaxed' }, batch);
  return {
    // One row for each event. One large transaction leaves the same rows as many small ones.
    async fill(payloads) {
      for (let from = 0; from < payloads.length; from += ROWS_PER_TRANSACTION)
        await queue.publish(payloads.slice(from, from + ROWS_PER_TRANSACTION));
    },
    publish: (payload) => queue.publish([payload]),
    async claim() {
      const claimed = await queue.claim();
      return {
        sequences: claimed.map(({ payload }) => payload.sequence),
        async acknowledge() {
          await queue.acknowledge(claimed);
          return claimed.length;
        },
      };
    },
    consume: (concurrency, handle) => queue.consume(concurrency, handle),
    countLeft: () => queue.countLeft(),
    close: () => queue.close(),
  };
}
