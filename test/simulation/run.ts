// npm run simulate -- --seed 1 --seeds 100
import 'fake-indexeddb/auto';
import { parseArgs } from 'node:util';
import { minimisePlan } from './minimise.ts';
import { SIMULATED_STORES, type SimulatedStoreKind } from './simulated-stores.ts';
import type { SimulationResult } from './simulation-result.ts';
import { SimulationTally } from './simulation-tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    store: { type: 'string', default: 'indexeddb' },
    /** In place of the one that the seed makes: as JSON, as this program prints it. */
    plan: { type: 'string' },
    /** Ends at the first seed that fails, and does not make its plan smaller. */
    stop: { type: 'boolean', default: false },
    /** Writes what all seeds did to this file, as JSON. */
    out: { type: 'string' },
    /** Ends after this time, although not all seeds have run. */
    minutes: { type: 'string', default: 'Infinity' },
    /** Prints every record of every history. */
    history: { type: 'boolean', default: false },
  },
});

function countOf(option: 'seed' | 'seeds'): number {
  const count = Number(values[option]);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new TypeError(`--${option} must be a whole number from 1, got ${values[option]}`);
}

function storeOf(name: string): SimulatedStoreKind {
  const store = SIMULATED_STORES[name];
  if (store) return store;
  const names = Object.keys(SIMULATED_STORES).join(', ');
  throw new TypeError(`--store must be one of ${names}, got ${name}`);
}

const rejections: unknown[] = [];
process.on('unhandledRejection', (error) => rejections.push(error));

/** What is wrong with it, a line each. */
function faultsOf({ stuck, violations }: SimulationResult): string[] {
  return [
    ...(stuck === undefined ? [] : [stuck]),
    ...rejections.splice(0).map((error) => `unhandled rejection: ${String(error)}`),
    ...violations.map((violation) => JSON.stringify(violation)),
  ];
}

/** Prints the command that repeats it, with the smallest plan that is still wrong. */
async function explain(result: SimulationResult): Promise<void> {
  const smallest = await minimisePlan(
    result.plan,
    (plan) => store.smaller(plan),
    async (plan) => faultsOf(await store.run(result.seed, plan)).length > 0,
  );
  const command = `npm run simulate -- --store ${values.store} --seed ${result.seed}`;
  console.log(`repeat with: ${command} --history --plan '${JSON.stringify(smallest)}'`);
}

const store = storeOf(values.store);
const plan: unknown = values.plan === undefined ? undefined : JSON.parse(values.plan);
const [first, seeds] = [countOf('seed'), countOf('seeds')];
const endAt = performance.now() + Number(values.minutes) * 60_000;
const tally = new SimulationTally(values.store, first);
for (let seed = first; seed < first + seeds && performance.now() < endAt; seed += 1) {
  const result = await store.run(seed, plan);
  if (values.history) for (const record of result.records) console.log(JSON.stringify(record));
  if (seeds === 1) console.log(`history ${result.hash}, plan ${JSON.stringify(result.plan)}`);
  const faults = faultsOf(result);
  tally.add(result, faults);
  if (faults.length === 0) continue;
  console.log(`seed ${seed}, ${JSON.stringify(result.plan)}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (values.stop) process.exit(1);
  await explain(result);
}
console.log(tally.summary());
if (values.out !== undefined) tally.write(values.out);
if (tally.failedCount > 0) process.exitCode = 1;
