// npm run simulate:healthy -- --seed 1 --seeds 100
import 'fake-indexeddb/auto';
import { parseArgs } from 'node:util';
import { simulateFrozenReader } from './frozen-reader.ts';
import { HealthySimulation } from './healthy-simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    store: { type: 'string', default: 'indexeddb' },
    /** Ends at the first seed that fails. */
    stop: { type: 'boolean', default: false },
  },
});

const rejections: unknown[] = [];
process.on('unhandledRejection', (error) => rejections.push(error));

const [first, seeds] = [Number(values.seed), Number(values.seeds)];
const store = values.store === 'memory' ? 'memory' : 'indexeddb';
let failedCount = 0;
for (let seed = first; seed < first + seeds; seed += 1) {
  const faults = [
    ...(await new HealthySimulation(seed, store).run()),
    ...(store === 'indexeddb' ? await simulateFrozenReader(seed) : []),
    ...rejections.splice(0).map((error) => `unhandled rejection: ${String(error)}`),
  ];
  if (faults.length === 0) continue;
  failedCount += 1;
  process.exitCode = 1;
  console.log(`seed ${seed}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (values.stop) process.exit(1);
}
console.log(JSON.stringify({ seeds, failedCount }));
