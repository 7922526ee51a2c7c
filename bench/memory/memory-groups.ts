import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import { bundleForNode } from '../bundle.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';

const DELIVERIES = 50_000;
const PLAIN = 'ackline, plain';
const GROUPS = 'ackline, 3 groups';
const GOAL = 0.4;
const GROUP_COUNTS: Readonly<Record<string, number>> = { [PLAIN]: 0, [GROUPS]: 3 };
const SUBJECTS = Object.keys(GROUP_COUNTS);

const SUMMARY =
  `Deliveries per second in Node with an asynchronous handler, up to 100 at once for each queue: ${DELIVERIES.toLocaleString('en')} ` +
  'deliveries, either of as many events of a plain queue, or of a third as many events in each of three groups without a plain queue. ' +
  'Payloads of about 300 bytes; a process for each round, which runs it twice and counts the second.';

/** The cost of groups in memory, for each delivery. */
export const memoryGroups: Bench = {
  name: 'memory-groups',
  async run() {
    const module = await bundleForNode('bench/memory/groups-process.ts', 'groups-process');
    const figures = await takeTurns(
      SUBJECTS.map((subject) => ({ subject, measure: () => runProcess(module, subject) })),
    );
    const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
    return {
      summary: SUMMARY,
      tables: [{ title: 'Deliveries in memory, with groups', unit: 'deliveries/s', series }],
      ratios: [
        {
          what: `${GROUPS} ÷ ${PLAIN}, for each delivery`,
          rounds: ratioByRound(roundsOf(figures, GROUPS), roundsOf(figures, PLAIN)),
          atLeast: GOAL,
        },
      ],
    };
  },
};

async function runProcess(module: string, subject: string): Promise<number> {
  const terms = [module, String(GROUP_COUNTS[subject]), String(DELIVERIES)];
  const { stdout } = await promisify(execFile)(process.execPath, terms);
  return Number(stdout);
}
