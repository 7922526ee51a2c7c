import { AcklineQueue } from './ackline-queue.ts';
import type { CycleQueue, QueueSettings } from './cycle-queue.ts';
import { type CycleTerms, driveCycles } from './cycles.ts';
import { deleteDatabase } from './database.ts';
import { FloorQueue } from './floor-queue.ts';
import {
  answerClock,
  measureClockOffset,
  publishPaced,
  startHandling,
  takeHandled,
} from './latency.ts';
import { ObviousQueue } from './obvious-queue.ts';
import type { CycleSubject, PageBench } from './page-bench.ts';
import { countRequests, type RequestCount } from './request-counter.ts';

/** Runs in the browser: what the benches call from outside stands on `window.bench`. */

const OPENERS: Readonly<
  Record<CycleSubject, (settings: QueueSettings, batch: number) => Promise<CycleQueue>>
> = {
  obvious: (settings) => ObviousQueue.open(settings, 1),
  'obvious, batched': (settings, batch) => ObviousQueue.open(settings, batch),
  floor: (settings) => FloorQueue.open(settings),
  ackline: async (settings) => new AcklineQueue(settings),
};

let counted: RequestCount = { transactions: {}, requests: {} };

const bench: PageBench = {
  async runCycles(subject, durability, terms: CycleTerms) {
    const database = `bench-${crypto.randomUUID()}`;
    const queue = await OPENERS[subject]({ database, durability }, terms.batch);
    const perSecond = await driveCycles(queue, terms);
    await queue.close();
    await deleteDatabase(database);
    return perSecond;
  },
  startHandling,
  takeHandled,
  publishPaced,
  answerClock,
  measureClockOffset,
  countRequests() {
    counted = countRequests();
  },
  readRequests: () => counted,
};

window.bench = bench;
