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
  ...{ retentionMs: 60_000, hasCodec: false, partitions: [], isHealed: false },
};

/** A plan, and the calls that fail in it. */
interface Scenario {
  readonly seed: number;
  readonly plan: SimulationPlan;
  readonly calls: readonly StorageCall[];
}

const FAULTS: Readonly<Record<StorageCall, readonly StorageFault[]>> = {
  open: ['quota', 'unknown', 'abort', 'close', 'hang', 'crash-before', 'crash-after'],
  begin: ['invalid-state', 'close', 'crash-before'],
  request: ['quota', 'unknown', 'abort', 'close', 'hang', 'crash-before', 'crash-after'],
  commit: [
    ...(['quota', 'unknown', 'abort', 'answer-lost'] as const),
    ...(['close', 'hang', 'crash-before', 'crash-after'] as const),
  ],
};

const SCENARIOS: readonly Scenario[] = [
  { seed: 11, plan: PLAN, calls: ['open', 'begin', 'request', 'commit'] },
  // A group is created, used and deleted. Each transaction fails.
  { seed: 28, plan: { ...PLAN, eventCount: 3, groups: ['g'] }, calls: ['commit'] },
];

const rejections: unknown[] = [];
process.on('unhandledRejection', (error) => rejections.push(error));

/** Runs a scenario with `fault` at the n-th call. Answers how many calls there were, and what was wrong. */
async function failOne(
  { seed, plan }: Scenario,
  call: StorageCall,
  n: number,
  fault: StorageFault | undefined,
) {
  let count = 0;
  const simulation = new QueueSimulation(seed, {
    plan,
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

/** One fault in each run. */
let faultCount = 0;
let failedCount = 0;
const callCounts: Record<string, number> = {};

/** Fails every call of a kind, one after the other. */
async function failEach(scenario: Scenario, call: StorageCall): Promise<void> {
  const { count } = await failOne(scenario, call, 0, undefined);
  callCounts[call] = (callCounts[call] ?? 0) + count;
  for (const fault of FAULTS[call])
    for (let n = 1; n <= count; n += 1) {
      faultCount += 1;
      const { wrong } = await failOne(scenario, call, n, fault);
      if (wrong.length === 0) continue;
      failedCount += 1;
      console.log(`seed ${scenario.seed}, ${fault} at ${call} ${n} of ${count}:`);
      for (const line of wrong) console.log(`  ${line}`);
    }
}

for (const scenario of SCENARIOS) for (const call of scenario.calls) await failEach(scenario, call);
console.log(JSON.stringify({ faultCount, failedCount, callCounts }));
if (failedCount > 0) process.exitCode = 1;
