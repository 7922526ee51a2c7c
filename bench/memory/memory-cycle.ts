import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench, BenchResult, Ratio } from '../bench.ts';
import { bundleForNode } from '../bundle.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';

/** The same for all subjects, because waiting events cost each of them. */
const EVENTS = 50_000;

interface Subject {
  readonly subject: string;
  /** Promises of the library that the subject does not make. */
  readonly note: string;
}

const FASTQ = { subject: 'fastq, promises', note: 'no lease, no retry' };
const P_QUEUE = { subject: 'p-queue', note: 'no lease, no retry' };
const BETTER_QUEUE = {
  subject: 'better-queue, memory',
  note: 'retries, no lease',
};
const BARE = { subject: 'ackline, isolation none', note: 'no copy' };
const DEFAULT = { subject: 'ackline, default', note: '' };
const SUBJECTS: readonly Subject[] = [FASTQ, P_QUEUE, BETTER_QUEUE, BARE, DEFAULT];

const GOALS: readonly (readonly [above: Subject, below: Subject, atLeast: number])[] = [
  [BARE, FASTQ, 1],
  [DEFAULT, FASTQ, 0.4],
  [BARE, BETTER_QUEUE, 5],
  [DEFAULT, BETTER_QUEUE, 5],
];

const SUMMARY =
  `Full cycles per second in Node with an asynchronous handler, up to 100 at once: all of ${EVENTS.toLocaleString('en')} events are ` +
  'published (pushed) without waiting, and the round ends when the last was handled, and acknowledged if the queue has acknowledgements. ' +
  'Payloads of about 300 bytes; a process for each round, which runs it twice and counts the second.';

/** The speed of the memory queue in Node, beside other queues for the same use. */
export const memoryCycle: Bench = {
  name: 'memory-cycle',
  async run(): Promise<BenchResult> {
    const module = await bundleForNode('bench/memory/cycle-process.ts', 'cycle-process');
    const figures = await takeTurns(
      SUBJECTS.map(({ subject }) => ({
        subject,
        measure: () => runProcess(module, subject),
      })),
    );
    const ratios = GOALS.map(
      ([above, below, atLeast]): Ratio => ({
        what: `${above.subject} ÷ ${below.subject}`,
        rounds: ratioByRound(roundsOf(figures, above.subject), roundsOf(figures, below.subject)),
        atLeast,
      }),
    );
    const series = SUBJECTS.map(({ subject, note }) => ({
      subject,
      rounds: roundsOf(figures, subject),
      note,
    }));
    return {
      summary: SUMMARY,
      tables: [{ title: 'Full cycle in memory', unit: 'cycles/s', series }],
      ratios,
    };
  },
};

async function runProcess(module: string, subject: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [module, subject, String(EVENTS)]);
  return Number(stdout);
}
