import localforage from 'localforage';
import type { BenchPayload } from '../../payloads.ts';
import { ConsumerLoops } from '../consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';

const KEY = 'queue';

/**
 * An array under one key: get it, push or shift, set it. Two calls could overwrite each other between get and set, so the
 * calls wait for each other here.
 */
export class LocalforageQueue implements CycleQueue {
  readonly #store: LocalForage;
  #loops: ConsumerLoops | undefined;
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(store: LocalForage) {
    this.#store = store;
  }

  static async open({ database }: QueueSettings): Promise<LocalforageQueue> {
    const store = localforage.createInstance({ name: database, driver: localforage.INDEXEDDB });
    await store.ready();
    return new LocalforageQueue(store);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    await this.#withLock(async () => {
      const queue = await this.#get();
      queue.push(...payloads);
      await this.#store.setItem(KEY, queue);
    });
    this.#loops?.wake(1);
  }

  consume(_concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    this.#loops = new ConsumerLoops(1, async () => {
      const payload = await this.#withLock(() => this.#shift());
      if (payload !== undefined) handle(payload);
      return payload !== undefined;
    });
    return this.#loops;
  }

  async countLeft(): Promise<number> {
    return (await this.#get()).length;
  }

  async close(): Promise<void> {
    await this.#store.dropInstance();
  }

  async #shift(): Promise<BenchPayload | undefined> {
    const queue = await this.#get();
    const payload = queue.shift();
    if (payload !== undefined) await this.#store.setItem(KEY, queue);
    return payload;
  }

  async #get(): Promise<BenchPayload[]> {
    return (await this.#store.getItem<BenchPayload[]>(KEY)) ?? [];
  }

  #withLock<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#lastChange.then(change);
    this.#lastChange = changed;
    return changed;
  }
}
