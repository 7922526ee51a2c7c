import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench, BenchResult, Ratio } from '../bench.ts';
import { bundleForNode } from '../bundle.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';

interface Subject {
  readonly subject: string;
  /** So many that a round takes some tenths of a second. */
  readonly events: number;
  /** What it does not promise. */
  readonly note: string;
}

const FASTQ = { subject: 'fastq, promises', events: 200_000, note: 'no lease, no retry' };
const P_QUEUE = { subject: 'p-queue', events: 100_000, note: 'no lease, no retry' };
const BETTER_QUEUE = {
  subject: 'better-queue, memory',
  events: 20_000,
  note: 'retries, no lease',
};
const BARE = { subject: 'ackline, isolation none', events: 50_000, note: 'no copy' };
const DEFAULT = { subject: 'ackline, default', events: 50_000, note: '' };
const SUBJECTS: readonly Subject[] = [FASTQ, P_QUEUE, BETTER_QUEUE, BARE, DEFAULT];

const GOALS: readonly (readonly [above: Subject, below: Subject, atLeast: number])[] = [
  [BARE, FASTQ, 1],
  [DEFAULT, FASTQ, 0.4],
  [BARE, BETTER_QUEUE, 5],
  [DEFAULT, BETTER_QUEUE, 5],
];

const SUMMARY =
  'Full cycles per second in Node with an asynchronous handler, up to 100 at once: all events are published (pushed) ' +
  'without waiting, and the round ends when the last was handled, and acknowledged where the queue knows of that. ' +
  'Payloads of about 300 bytes; a process for each round, which runs it twice and counts the second.';

/** What a memory queue does in Node, beside the queues that its user would else take. */
export const memoryCycle: Bench = {
  name: 'memory-cycle',
  async run(): Promise<BenchResult> {
    const module = await bundleForNode('bench/memory/cycle-process.ts', 'cycle-process');
    const figures = await takeTurns(
      SUBJECTS.map(({ subject, events }) => ({
        subject,
        measure: () => runProcess(module, subject, events),
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

async function runProcess(module: string, subject: string, events: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [module, subject, String(events)]);
  return Number(stdout);
}
