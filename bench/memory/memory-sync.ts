import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import { bundleForNode } from '../bundle.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';

const FLOOR = 'floor';
const GOAL = 0.25;
/** With this number a round takes some tenths of a second. */
const CYCLES: Readonly<Record<string, number>> = {
  [FLOOR]: 1_000_000,
  'sync backend': 100_000,
  SyncEventChannel: 100_000,
};
const SUBJECTS = Object.keys(CYCLES);

const SUMMARY =
  'Full cycles (publish, claim the oldest, acknowledge) per second in Node, synchronous, at a constant backlog of 1,000 ' +
  'payloads of about 300 bytes that are not copied (`isolation: ‘none’`); a process for each round, which ' +
  'runs it twice and counts the second. The floor is a Map and an array: no lease, no redelivery. Each cycle checks that the oldest ' +
  'event comes first, is settled, and leaves the backlog unchanged, also with the floor.';

/** The cost of the synchronous memory backend without copies. */
export const memorySync: Bench = {
  name: 'memory-sync',
  async run() {
    const module = await bundleForNode('bench/memory/sync-process.ts', 'sync-process');
    const figures = await takeTurns(
      SUBJECTS.map((subject) => ({ subject, measure: () => runProcess(module, subject) })),
    );
    const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
    return {
      summary: SUMMARY,
      tables: [{ title: 'Full cycle, synchronous, no copy', unit: 'cycles/s', series }],
      ratios: SUBJECTS.filter((subject) => subject !== FLOOR).map((subject) => ({
        what: `${subject} ÷ floor`,
        rounds: ratioByRound(roundsOf(figures, subject), roundsOf(figures, FLOOR)),
        atLeast: GOAL,
      })),
    };
  },
};

async function runProcess(module: string, subject: string): Promise<number> {
  const terms = [module, subject, String(CYCLES[subject])];
  const { stdout } = await promisify(execFile)(process.execPath, terms);
  return Number(stdout);
}
