import { AcklineQueue } from './ackline-queue.ts';
import { driveQueue, type QueueOpener } from './drive-queue.ts';
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

/** Runs in the browser. The benches call `window.bench`. */

const OPENERS: Readonly<Record<CycleSubject, QueueOpener>> = {
  obvious: (settings) => ObviousQueue.open(settings, 1),
  'obvious, batched': (settings, batch) => ObviousQueue.open(settings, batch),
  floor: (settings) => FloorQueue.open(settings),
  ackline: async (settings) => new AcklineQueue(settings),
  'ackline, ids': async (settings) =>
    new AcklineQueue(settings, () => ({ id: crypto.randomUUID() })),
  'ackline, 1,000 keys': async (settings) => new AcklineQueue(settings, nextOf(1_000)),
};

/** The keys of the events in turn. */
function nextOf(keyCount: number): () => { readonly key: string } {
  let count = 0;
  return () => ({ key: `key ${count++ % keyCount}` });
}

let counted: RequestCount = { transactions: {}, requests: {} };

const bench: PageBench = {
  runCycles: (subject, durability, terms) => driveQueue(OPENERS[subject], durability, terms),
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
