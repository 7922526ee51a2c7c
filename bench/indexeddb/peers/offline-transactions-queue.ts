import { type Collection, createCollection } from '@tanstack/db';
import {
  IndexedDBAdapter,
  type OfflineExecutor,
  startOfflineExecutor,
  WebLocksLeader,
} from '@tanstack/offline-transactions';
import { check } from '../../check.ts';
import type { BenchPayload } from '../../payloads.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';

const SEND = 'send';

/**
 * @tanstack/offline-transactions as an outbox. An insert is a stored transaction. The library calls the mutation function
 * with it, and removes it when that has resolved, one after the other. No server sends the rows back into this collection.
 * So it stays empty, which is the fastest case. `commit` resolves only when the transaction was handled.
 */
export class OfflineTransactionsQueue implements CycleQueue {
  readonly #events: Collection<BenchPayload, number>;
  readonly #executor: OfflineExecutor;
  #handle: (payload: BenchPayload) => void = () => undefined;

  constructor({ database }: QueueSettings) {
    this.#events = createCollection<BenchPayload, number>({
      id: database,
      getKey: ({ sequence }) => sequence,
      sync: { sync: ({ markReady }) => markReady() },
      startSync: true,
    });
    this.#executor = startOfflineExecutor({
      collections: { events: this.#events },
      mutationFns: {
        [SEND]: async ({ transaction }) => {
          for (const { modified } of transaction.mutations) this.#handle(payloadIn(modified));
        },
      },
      storage: new IndexedDBAdapter(database),
      leaderElection: new WebLocksLeader(database),
    });
  }

  static async open(settings: QueueSettings): Promise<OfflineTransactionsQueue> {
    const queue = new OfflineTransactionsQueue(settings);
    await queue.#executor.waitForInit();
    const { isOfflineEnabled } = queue.#executor;
    check(isOfflineEnabled, 'this tab leads, so that transactions are stored', isOfflineEnabled);
    return queue;
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    const transaction = this.#executor.createOfflineTransaction({
      mutationFnName: SEND,
      autoCommit: false,
    });
    transaction.mutate(() => {
      for (const payload of payloads) this.#events.insert(payload);
    });
    await transaction.commit();
  }

  consume(_concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    this.#handle = handle;
    return { stop: async () => undefined };
  }

  async countLeft(): Promise<number> {
    return (await this.#executor.peekOutbox()).length;
  }

  async close(): Promise<void> {
    this.#executor.dispose();
  }
}

function payloadIn({ sequence, body }: Record<string, unknown>): BenchPayload {
  return { sequence: Number(sequence), body: String(body) };
}
