// npm run mutation -- --seed 1 --count 100 [--only PART_OF_PATH] [--workers 2] [--minutes 30] [--out FILE]
// npm run mutation -- --seed 1 --survivors: tries the survivors of that result again, and writes which are caught now
//
// Not Stryker: it brings 177 packages, its type checker needs the API of an older compiler, and it runs no simulations.
import { parseArgs } from 'node:util';
import { describeMachine } from '../../bench/machine.ts';
import { describeCommit } from '../reliability/describe-commit.ts';
import {
  asSurvivor,
  type Candidate,
  findCandidates,
  findSurvivor,
  shuffled,
} from './candidates.ts';
import { lineOf, mutate } from './mutant.ts';
import {
  type CaughtLater,
  confidenceInterval,
  type MutationResult,
  readResult,
  resultFileOf,
  type Survivor,
  writeResult,
} from './mutation-result.ts';
import { type Kill, MutationWorker } from './mutation-worker.ts';
import { TypeChecker } from './type-checker.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    /** How many mutants that compile are tried. */
    count: { type: 'string', default: '100' },
    /** Mutants of files whose path contains this. */
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
    minutes: { type: 'string', default: 'Infinity' },
    /** Default: the file of the seed in the folder of the results. */
    out: { type: 'string' },
    survivors: { type: 'boolean', default: false },
  },
});

const candidates = findCandidates(values.only);
const endAt = performance.now() + Number(values.minutes) * 60_000;
const { out = resultFileOf(values.seed) } = values;

type Tried = (candidate: Candidate, kill: Kill | undefined) => void;

/** Lets each worker take the next candidate until there is none, or the time is over. */
async function tryAll(next: () => Candidate | undefined, onTried: Tried): Promise<void> {
  const work = async (_: unknown, index: number) => {
    const worker = new MutationWorker(`${process.pid} ${index}`, values.survivors);
    try {
      for (let one = next(); one && performance.now() < endAt; one = next()) {
        const kill = await worker.try(one);
        const { mutant, text } = one;
        const { change } = asSurvivor(one, candidates);
        console.log(`${mutant.file}:${lineOf(text, mutant.start)} ${mutant.kind}: ${change}`);
        console.log(`  ${kill ? `${kill.by}: ${kill.sign.split('\n')[0]}` : 'SURVIVED'}`);
        onTried(one, kill);
      }
    } finally {
      await worker.close();
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
}

async function sample(): Promise<void> {
  const checker = new TypeChecker();
  const order = [...shuffled(candidates, Number(values.seed))];
  let left = Number(values.count);
  let [notCompiled, killed] = [0, 0];
  const killedBy: Record<string, number> = {};
  const survivors: Survivor[] = [];
  const next = (): Candidate | undefined => {
    for (let one = order.pop(); one && left > 0; one = order.pop()) {
      const { mutant, text } = one;
      if (checker.errorOf(mutant.file, mutate(text, mutant)) === undefined) {
        left -= 1;
        return one;
      }
      notCompiled += 1;
    }
    return undefined;
  };
  const write = () => {
    const result: MutationResult = {
      seed: Number(values.seed),
      commit: describeCommit(),
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(undefined),
      population: candidates.length,
      ...{ notCompiled, killed, killedBy, survivors, caughtLater: [] },
    };
    writeResult(result, out);
  };
  await tryAll(next, (one, kill) => {
    if (kill === undefined) survivors.push(asSurvivor(one, candidates));
    else {
      killed += 1;
      killedBy[kill.by] = (killedBy[kill.by] ?? 0) + 1;
    }
    write();
  });
  print(killed, killed + survivors.length);
}

function print(killed: number, total: number): void {
  const percents = confidenceInterval(killed, total).map((share) => (100 * share).toFixed(1));
  const score = ((100 * killed) / total).toFixed(1);
  console.log(
    `${killed} of ${total} mutants were caught: ${score} % (95 %: ${percents.join('–')})`,
  );
}

async function tryAgain(): Promise<void> {
  const result = readResult(out);
  const found = new Map<Candidate, Survivor>();
  for (const survivor of result.survivors) {
    const candidate = findSurvivor(survivor, candidates);
    if (candidate) found.set(candidate, survivor);
    else if (survivor.file.includes(values.only))
      console.log(`the source has changed: ${survivor.file}: ${survivor.source}`);
  }
  const queue = [...found.keys()];
  const caught: CaughtLater[] = [];
  await tryAll(
    () => queue.shift(),
    (candidate, kill) => {
      const survivor = found.get(candidate);
      if (!kill || !survivor) return;
      caught.push({ ...survivor, by: kill.by });
      found.delete(candidate);
      writeResult(
        {
          ...result,
          survivors: result.survivors.filter((one) => !caught.some((late) => isOf(late, one))),
          caughtLater: [...result.caughtLater, ...caught],
        },
        out,
      );
    },
  );
  console.log(`${caught.length} of ${result.survivors.length} survivors are caught now`);
}

function isOf({ by: _, ...late }: CaughtLater, survivor: Survivor): boolean {
  return JSON.stringify(late) === JSON.stringify(survivor);
}

await (values.survivors ? tryAgain() : sample());
