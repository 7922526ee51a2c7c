import { Dexie, type EntityTable } from 'dexie';
import type { BenchPayload } from '../../payloads.ts';
import { ConsumerLoops } from '../consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';

const LEASE_MS = 30_000;

interface EventRow {
  id: number;
  payload: BenchPayload;
  visibleAt: number;
}

/**
 * One row for each event, with a lease, which Dexie itself does not have. A claim is one read-write transaction that
 * writes the oldest rows back with a later time. `batch` is the number of events in one call: 1 with the single verbs,
 * more with the bulk verbs.
 */
export class DexieQueue implements CycleQueue {
  readonly #database: Dexie;
  readonly #events: EntityTable<EventRow, 'id'>;
  readonly #batch: number;
  #loops: ConsumerLoops | undefined;

  private constructor(database: Dexie, batch: number) {
    this.#database = database;
    this.#events = database.table('events');
    this.#batch = batch;
  }

  static async open({ database, durability }: QueueSettings, batch: number): Promise<DexieQueue> {
    const opened = new Dexie(database, { chromeTransactionDurability: durability });
    opened.version(1).stores({ events: '++id, visibleAt' });
    await opened.open();
    return new DexieQueue(opened, batch);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    const visibleAt = Date.now();
    const rows = payloads.map((payload) => ({ payload, visibleAt }));
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) await this.#events.add(only);
    else await this.#events.bulkAdd(rows);
    this.#loops?.wake(Math.ceil(payloads.length / this.#batch));
  }

  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    const loops = Math.ceil(concurrency / this.#batch);
    this.#loops = new ConsumerLoops(loops, async () => {
      const claimed = await this.#claim();
      for (const { payload } of claimed) handle(payload);
      await this.#acknowledge(claimed);
      return claimed.length > 0;
    });
    return this.#loops;
  }

  countLeft(): Promise<number> {
    return this.#events.count();
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #claim(): Promise<readonly EventRow[]> {
    return this.#database.transaction('rw', this.#events, async () => {
      const now = Date.now();
      const due = this.#events.where('visibleAt').belowOrEqual(now);
      const rows = await due.limit(this.#batch).toArray();
      for (const row of rows) row.visibleAt = now + LEASE_MS;
      const [only] = rows;
      if (rows.length === 1 && only !== undefined) await this.#events.put(only);
      else if (rows.length > 1) await this.#events.bulkPut(rows);
      return rows;
    });
  }

  async #acknowledge(claimed: readonly EventRow[]): Promise<void> {
    const [only] = claimed;
    if (claimed.length === 1 && only !== undefined) await this.#events.delete(only.id);
    else if (claimed.length > 1) await this.#events.bulkDelete(claimed.map(({ id }) => id));
  }
}
