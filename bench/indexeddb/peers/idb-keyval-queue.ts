import { get, type UseStore, update } from 'idb-keyval';
import type { BenchPayload } from '../../payloads.ts';
import { ConsumerLoops } from '../consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';
import { openDatabase } from '../database.ts';

const STORE = 'keyval';
const KEY = 'queue';

/** An array under one key. `update()` reads and writes it in one transaction: push at one end, shift at the other. */
export class IdbKeyvalQueue implements CycleQueue {
  readonly #database: IDBDatabase;
  readonly #store: UseStore;
  #loops: ConsumerLoops | undefined;

  private constructor(database: IDBDatabase, durability: IDBTransactionDurability) {
    this.#database = database;
    // An own store, as its documentation shows, because `createStore` leaves durability to the browser.
    this.#store = async (mode, callback) =>
      callback(database.transaction(STORE, mode, { durability }).objectStore(STORE));
  }

  static async open({ database, durability }: QueueSettings): Promise<IdbKeyvalQueue> {
    const opened = await openDatabase(database, (created) => {
      created.createObjectStore(STORE);
    });
    return new IdbKeyvalQueue(opened, durability);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    const push = (queue: BenchPayload[] = []) => [...queue, ...payloads];
    await update(KEY, push, this.#store);
    this.#loops?.wake(1);
  }

  consume(_concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    this.#loops = new ConsumerLoops(1, async () => {
      const payload = await this.#shift();
      if (payload !== undefined) handle(payload);
      return payload !== undefined;
    });
    return this.#loops;
  }

  async countLeft(): Promise<number> {
    return (await get<BenchPayload[]>(KEY, this.#store))?.length ?? 0;
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async #shift(): Promise<BenchPayload | undefined> {
    let payload: BenchPayload | undefined;
    const shift = (queue: BenchPayload[] = []) => {
      payload = queue.shift();
      return queue;
    };
    await update(KEY, shift, this.#store);
    return payload;
  }
}
