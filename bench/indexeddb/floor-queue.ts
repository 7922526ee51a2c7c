import type { BenchPayload } from '../payloads.ts';
import { ConsumerLoops } from './consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from './cycle-queue.ts';
import { committed, openDatabase, resultOf } from './database.ts';

const SEGMENTS = 'segments';
const CLAIMS = 'claims';
const LEASE_MS = 30_000;

interface Segment {
  readonly id: number;
  readonly payloads: readonly BenchPayload[];
}

/**
 * The minimum of requests that could do the job: one row for each commit, one claim row for it, one delete of each. No
 * attempts, no redelivery, no settling of single events, one consumer.
 */
export class FloorQueue implements CycleQueue {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;
  #loops: ConsumerLoops | undefined;
  /** Where the next scan starts: a scan over deleted rows is slow. */
  #lastClaimed = 0;

  private constructor(database: IDBDatabase, { durability }: QueueSettings) {
    this.#database = database;
    this.#durability = durability;
  }

  static async open(settings: QueueSettings): Promise<FloorQueue> {
    const database = await openDatabase(settings.database, (created) => {
      created.createObjectStore(SEGMENTS, { keyPath: 'id', autoIncrement: true });
      created.createObjectStore(CLAIMS);
    });
    return new FloorQueue(database, settings);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    const transaction = this.#write(SEGMENTS);
    transaction.objectStore(SEGMENTS).add({ payloads });
    transaction.commit();
    await committed(transaction);
    this.wake();
  }

  /** Makes the consumer scan again, after a publish in this tab or a hint from another tab. */
  wake(): void {
    this.#loops?.wake(1);
  }

  consume(_concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    this.#loops = new ConsumerLoops(1, async () => {
      const segment = await this.#claim();
      if (segment === undefined) return false;
      for (const payload of segment.payloads) handle(payload);
      await this.#acknowledge(segment);
      return true;
    });
    return this.#loops;
  }

  async countLeft(): Promise<number> {
    const transaction = this.#database.transaction([SEGMENTS, CLAIMS]);
    const counts = [SEGMENTS, CLAIMS].map((name) =>
      resultOf(transaction.objectStore(name).count()),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async #claim(): Promise<Segment | undefined> {
    const scan = this.#database.transaction(SEGMENTS).objectStore(SEGMENTS);
    const unclaimed = IDBKeyRange.lowerBound(this.#lastClaimed, true);
    const [segment] = await resultOf<Segment[]>(scan.getAll(unclaimed, 1));
    if (segment === undefined) return undefined;
    const transaction = this.#write(CLAIMS);
    transaction.objectStore(CLAIMS).add({ expiresAt: Date.now() + LEASE_MS }, segment.id);
    transaction.commit();
    await committed(transaction);
    this.#lastClaimed = segment.id;
    return segment;
  }

  async #acknowledge({ id }: Segment): Promise<void> {
    const transaction = this.#write([SEGMENTS, CLAIMS]);
    transaction.objectStore(SEGMENTS).delete(id);
    transaction.objectStore(CLAIMS).delete(id);
    transaction.commit();
    await committed(transaction);
  }

  #write(stores: string | string[]): IDBTransaction {
    return this.#database.transaction(stores, 'readwrite', { durability: this.#durability });
  }
}
