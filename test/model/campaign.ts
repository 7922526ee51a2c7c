// npm run campaign:model -- --backend memory --runs 2000 --seed 1
import 'fake-indexeddb/auto';
import { parseArgs } from 'node:util';
import { MODELLED } from './modelled-backends.ts';
import { checkAgainstModel, titleOf } from './run-model.ts';

const { values } = parseArgs({
  options: {
    /** The beginning of the title of the tests that run; default is all. */
    backend: { type: 'string', default: '' },
    /** `backend` is a whole title. */
    exact: { type: 'boolean', default: false },
    /** Runs of each of them. */
    runs: { type: 'string', default: '1000' },
    /** Default: another one each time. */
    seed: { type: 'string' },
  },
});

const [numRuns, seed] = [Number(values.runs), Number(values.seed ?? Date.now() % 2 ** 31)];
for (const { name, tested, bounds } of MODELLED) {
  const title = titleOf(name, bounds);
  if (values.exact ? title !== values.backend : !title.startsWith(values.backend)) continue;
  try {
    await checkAgainstModel(title, tested, { ...bounds, numRuns, seed });
    console.log(`${title}: ${numRuns} runs from the seed ${seed}`);
  } catch (error) {
    console.log(String(error));
    process.exit(1);
  }
}
process.exit(0);
