import { EventChannel, type Isolation, memoryBackend } from 'ackline';
import Queue from 'better-queue';
import { promise as fastq } from 'fastq';
import PQueue from 'p-queue';
import { check } from '../check.ts';
import type { BenchPayload } from '../payloads.ts';
import { checkStats } from './memory-queue.ts';

/** The number of handlers of one queue that run at once. */
const CONCURRENCY = 100;

/** Resolves when all payloads were handled, and acknowledged if the queue has acknowledgements. */
export type RunCycles = (
  payloads: readonly BenchPayload[],
  handle: (payload: BenchPayload) => Promise<void>,
) => Promise<void>;

export const CYCLE_RUNNERS: Readonly<Record<string, RunCycles>> = {
  'fastq, promises': async (payloads, handle) => {
    const queue = fastq(handle, CONCURRENCY);
    await Promise.all(payloads.map((payload) => queue.push(payload)));
  },
  'p-queue': async (payloads, handle) => {
    const queue = new PQueue({ concurrency: CONCURRENCY });
    await Promise.all(payloads.map((payload) => queue.add(() => handle(payload))));
  },
  'better-queue, memory': async (payloads, handle) => {
    const settle = (payload: BenchPayload, done: (error?: unknown) => void) => {
      handle(payload).then(() => done(), done);
    };
    const queue = new Queue<BenchPayload>(settle, { concurrent: CONCURRENCY });
    await Promise.all(payloads.map((payload) => pushed(queue, payload)));
  },
  'ackline, isolation none': (payloads, handle) => runAckline('none', payloads, handle),
  'ackline, default': (payloads, handle) => runAckline('clone', payloads, handle),
};

function pushed(queue: Queue<BenchPayload>, payload: BenchPayload): Promise<void> {
  return new Promise((resolve, reject) => {
    queue.push(payload).on('finish', resolve).on('failed', reject);
  });
}

async function runAckline(isolation: Isolation, ...[payloads, handle]: Parameters<RunCycles>) {
  const backend = memoryBackend({ isolation });
  const channel = new EventChannel<{ bench: BenchPayload }>({ backend });
  const end: { reach?: () => void } = {};
  const allBegun = new Promise<void>((resolve) => {
    end.reach = resolve;
  });
  let begun = 0;
  const listener = channel.listen(
    'bench',
    ({ payload }) => {
      begun += 1;
      if (begun === payloads.length) end.reach?.();
      return handle(payload);
    },
    { concurrency: CONCURRENCY },
  );
  await Promise.all(payloads.map((payload) => channel.publish('bench', payload)));
  await allBegun;
  await listener.stop();
  const left = checkStats(await channel.stats('bench'));
  check(left === 0, 'nothing is left', left);
  await channel.shutdown();
}
