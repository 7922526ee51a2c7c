import type { BenchPayload } from '../payloads.ts';
import { ConsumerLoops } from './consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from './cycle-queue.ts';
import { committed, openDatabase, resultOf } from './database.ts';

const CHANNEL = 'bench';
const EVENTS = 'events';
const BY_VISIBLE_TIME = 'visibleAt';
const LEASE_MS = 30_000;

export interface EventRow {
  readonly id: number;
  readonly channel: string;
  readonly payload: BenchPayload;
  visibleAt: number;
}

/**
 * The obvious layout: one row for each event, and an index on the time at which it is due. A claim reads a row and writes
 * it back with a later time in one transaction. An acknowledgement deletes the row. `batch` is the number of events that
 * one transaction claims or acknowledges, mostly 1.
 */
export class ObviousQueue implements CycleQueue {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;
  readonly #batch: number;
  #loops: ConsumerLoops | undefined;

  private constructor(database: IDBDatabase, { durability }: QueueSettings, batch: number) {
    this.#database = database;
    this.#durability = durability;
    this.#batch = batch;
  }

  static async open(settings: QueueSettings, batch: number): Promise<ObviousQueue> {
    const database = await openDatabase(settings.database, (created) => {
      const events = created.createObjectStore(EVENTS, { keyPath: 'id', autoIncrement: true });
      events.createIndex(BY_VISIBLE_TIME, ['channel', 'visibleAt']);
    });
    return new ObviousQueue(database, settings, batch);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    const transaction = this.#write();
    const events = transaction.objectStore(EVENTS);
    const visibleAt = Date.now();
    for (const payload of payloads) events.add({ channel: CHANNEL, payload, visibleAt });
    transaction.commit();
    await committed(transaction);
    this.#loops?.wake(Math.ceil(payloads.length / this.#batch));
  }

  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    const loops = Math.ceil(concurrency / this.#batch);
    this.#loops = new ConsumerLoops(loops, async () => {
      const claimed = await this.claim();
      for (const { payload } of claimed) handle(payload);
      if (claimed.length > 0) await this.acknowledge(claimed);
      return claimed.length > 0;
    });
    return this.#loops;
  }

  countLeft(): Promise<number> {
    return resultOf(this.#database.transaction(EVENTS).objectStore(EVENTS).count());
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async claim(): Promise<readonly EventRow[]> {
    const transaction = this.#write();
    const events = transaction.objectStore(EVENTS);
    const index = events.index(BY_VISIBLE_TIME);
    const now = Date.now();
    const due = IDBKeyRange.bound([CHANNEL, 0], [CHANNEL, now]);
    const isDone = committed(transaction);
    const rows = await this.#read(index, due);
    for (const row of rows) {
      row.visibleAt = now + LEASE_MS;
      events.put(row);
    }
    await isDone;
    return rows;
  }

  /** Reads a single row in the fastest way. */
  async #read(index: IDBIndex, due: IDBKeyRange): Promise<EventRow[]> {
    if (this.#batch > 1) return resultOf<EventRow[]>(index.getAll(due, this.#batch));
    const row = await resultOf<EventRow | undefined>(index.get(due));
    return row === undefined ? [] : [row];
  }

  async acknowledge(claimed: readonly EventRow[]): Promise<void> {
    const transaction = this.#write();
    const events = transaction.objectStore(EVENTS);
    for (const { id } of claimed) events.delete(id);
    transaction.commit();
    await committed(transaction);
  }

  #write(): IDBTransaction {
    return this.#database.transaction(EVENTS, 'readwrite', { durability: this.#durability });
  }
}
