// npm run simulate:failures
import 'fake-indexeddb/auto';
import { QueueSimulation } from './queue-simulation.ts';
import { SOUND_WIRE } from './simulated-wires.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import type { StorageCall, StorageFault } from './storage-faults.ts';

/** Two contexts publish, consume and shut down; every fault is of the n-th call. */
const PLAN: SimulationPlan = {
  ...{ contextCount: 2, publishCount: 3, channels: ['a'], leaseMs: 500, maxHoldMs: 1_000 },
  ...{ pollIntervalMs: 300, leaseMode: 'exclusive', hasLocks: true, wire: SOUND_WIRE },
  // What a lost answer does to the record of a settlement, and a hang to the record of a lease, they do here, too.
  storage: { 'answer-lost': 0, hang: 0 },
  ...{ events: [], eventCount: 2, movesLetters: true, groups: [] },
};
const SEED = 11;

const FAULTS: Readonly<Record<StorageCall, readonly StorageFault[]>> = {
  open: ['quota', 'unknown', 'abort', 'close', 'hang', 'crash-before', 'crash-after'],
  begin: ['invalid-state', 'close', 'crash-before'],
  request: ['quota', 'unknown', 'abort', 'close', 'hang', 'crash-before', 'crash-after'],
  commit: [
    ...(['quota', 'unknown', 'abort', 'answer-lost'] as const),
    ...(['close', 'hang', 'crash-before', 'crash-after'] as const),
  ],
};
const CALLS = Object.keys(FAULTS) as StorageCall[];

const rejections: unknown[] = [];
process.on('unhandledRejection', (error) => rejections.push(error));

/** Runs the scenario with `fault` at the n-th call. Answers how many calls there were, and what was wrong. */
async function failOne(call: StorageCall, n: number, fault: StorageFault | undefined) {
  let count = 0;
  const simulation = new QueueSimulation(SEED, {
    plan: PLAN,
    chooseFault: (made) => {
      if (made !== call) return undefined;
      count += 1;
      return count === n ? fault : undefined;
    },
  });
  const { violations, stuck } = await simulation.run();
  const wrong = [
    ...violations.map((violation) => JSON.stringify(violation)),
    ...rejections.splice(0).map((error) => `unhandled rejection: ${String(error)}`),
    ...(stuck === undefined ? [] : [stuck]),
  ];
  return { count, wrong };
}

let [runCount, failedCount] = [0, 0];
const callCounts: Record<string, number> = {};
for (const call of CALLS) {
  const { count } = await failOne(call, 0, undefined);
  callCounts[call] = count;
  for (const fault of FAULTS[call])
    for (let n = 1; n <= count; n += 1) {
      runCount += 1;
      const { wrong } = await failOne(call, n, fault);
      if (wrong.length === 0) continue;
      failedCount += 1;
      console.log(`${fault} at ${call} ${n} of ${count}:`);
      for (const line of wrong) console.log(`  ${line}`);
    }
}
console.log(JSON.stringify({ runCount, failedCount, callCounts }));
if (failedCount > 0) process.exitCode = 1;
