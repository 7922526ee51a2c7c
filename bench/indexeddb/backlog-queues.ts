import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { BenchPayload } from '../payloads.ts';
import { storeSegments } from './backlog-rows.ts';
import type { Consumer } from './cycle-queue.ts';
import { ObviousQueue } from './obvious-queue.ts';

export interface ClaimedEvents {
  readonly sequences: readonly number[];
  /** How many of them were accepted. */
  acknowledge(): Promise<number>;
}

/** A queue in IndexedDB that can be given a large backlog within seconds. */
export interface BacklogQueue {
  /** As so many publishes of `perCommit` events at once would have stored them. */
  fill(payloads: readonly BenchPayload[], perCommit: number): Promise<void>;
  publish(payload: BenchPayload): Promise<unknown>;
  /** The next `batch` events, as many as there are. */
  claim(): Promise<ClaimedEvents>;
  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer;
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

const CHANNEL = 'bench';

/** `batch` is how many events are claimed at once; a listener has its concurrency instead. */
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
      // Whatever is asked first makes the database.
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

/** Rows that one transaction takes: more would keep too much of it in memory. */
const ROWS_PER_TRANSACTION = 10_000;

/** `batch` is how many events a consumer claims and acknowledges in one transaction. */
export async function openObviousBacklog(database: string, batch: number): Promise<BacklogQueue> {
  const queue = await ObviousQueue.open({ database, durability: 'relaxed' }, batch);
  return {
    // A row for each event, whoever committed it with what: one large transaction leaves the same rows.
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
