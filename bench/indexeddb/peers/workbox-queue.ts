import { Queue } from 'workbox-background-sync';
import type { BenchPayload } from '../../payloads.ts';
import { ConsumerLoops } from '../consumer-loops.ts';
import type { Consumer, CycleQueue, QueueSettings } from '../cycle-queue.ts';

const REQUEST_URL = '/collect';

/**
 * workbox-background-sync like its own replay: shift the oldest request, handle it. The payload is in the metadata, which
 * is copied. As the body of a request it would also be read and parsed. There is one consumer, because a shift reads the
 * oldest request in one transaction and deletes it in another, so two consumers would take the same.
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
    // Opens the database, which the first push would do otherwise.
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

  /** A queue cannot be closed. All queues share one database. */
  async close(): Promise<void> {}
}

/**
 * Queue checks the registration of its service worker for Background Sync. A page has no registration. An empty one lets
 * Queue work without it, and saves a registration for each push.
 */
function giveRegistration(): void {
  if (!('registration' in self)) Object.assign(self, { registration: {} });
}
