import { Queue } from 'workbox-background-sync';
import type { BenchPayload } from '../../payloads.ts';
import { ConsumerLoops } from '../consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';

const REQUEST_URL = '/collect';

/**
 * workbox-background-sync as its own replay does it: shift the oldest, handle it. The payload travels as metadata,
 * which is copied; as the body of a request it would be read and parsed besides. One consumer: a shift reads the
 * oldest in one transaction and deletes it in another, so that two at once take the same.
 */
export class WorkboxQueue implements CycleQueue {
  readonly #queue: Queue;
  #loops: ConsumerLoops | undefined;

  private constructor(queue: Queue) {
    this.#queue = queue;
  }

  static async open({ database }: QueueSettings): Promise<WorkboxQueue> {
    giveRegistration();
    const queue = new Queue(database, { onSync: () => undefined });
    // Opens the database, which is otherwise done by the first push.
    await queue.size();
    return new WorkboxQueue(queue);
  }

  async publish(payloads: readonly BenchPayload[]): Promise<void> {
    for (const metadata of payloads)
      await this.#queue.pushRequest({ request: new Request(REQUEST_URL), metadata });
    this.#loops?.wake(1);
  }

  consume(_concurrency: number, handle: (payload: BenchPayload) => void): Consumer {
    this.#loops = new ConsumerLoops(1, async () => {
      const entry = await this.#queue.shiftRequest();
      if (entry === undefined) return false;
      handle(entry.metadata as BenchPayload);
      return true;
    });
    return this.#loops;
  }

  countLeft(): Promise<number> {
    return this.#queue.size();
  }

  /** There is no way to close one; all queues share one database. */
  async close(): Promise<void> {}
}

/**
 * Queue looks for Background Sync at the registration of its service worker. A page has none; an empty one
 * makes it do without, which also spares it a registration for each push.
 */
function giveRegistration(): void {
  if (!('registration' in self)) Object.assign(self, { registration: {} });
}
