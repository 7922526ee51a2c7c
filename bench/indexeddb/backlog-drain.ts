import type { Page } from 'playwright';
import type { BenchResult } from '../bench.ts';
import { ROUNDS, roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { BacklogSubject } from './backlog-page-bench.ts';

const GOAL = 5;

/** Each round drains a part of one backlog. The part is large enough to take seconds. */
const PARTS: Readonly<Record<BacklogSubject, number>> = {
  obvious: 500,
  'obvious, batched': 1_500,
  ackline: 20_000,
};
const SUBJECTS = Object.keys(PARTS) as BacklogSubject[];

/** The backlog of the library, which ends empty. */
export const DRAINED = 'drain-ackline';
export const DRAINED_EVENTS = PARTS.ackline * ROUNDS;

/** How fast a backlog of single publishes is claimed, handled and acknowledged. */
export async function measureDrain(page: Page): Promise<Pick<BenchResult, 'tables' | 'ratios'>> {
  const nameOf = (subject: BacklogSubject) => `drain-${subject}`;
  for (const subject of SUBJECTS) {
    // One part more than the rounds need, for the warm-up. So the backlog has its full size when the rounds begin.
    const fill = [nameOf(subject), subject, PARTS[subject] * (ROUNDS + 1)] as const;
    await page.evaluate(async ([name, kind, count]) => {
      await window.backlog.open(name, kind);
      await window.backlog.fill(name, count, 1);
    }, fill);
  }
  const figures = await takeTurns(
    SUBJECTS.map((subject) => ({
      subject,
      measure: () =>
        page.evaluate(([name, count]) => window.backlog.drain(name, count), [
          nameOf(subject),
          PARTS[subject],
        ] as const),
    })),
  );
  for (const subject of SUBJECTS)
    await page.evaluate((name) => window.backlog.close(name), nameOf(subject));
  const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
  return {
    tables: [{ title: 'Drain of a backlog, one publish a commit', unit: 'events/s', series }],
    ratios: SUBJECTS.filter((subject) => subject !== 'ackline').map((subject) => ({
      what: `drain, ackline ÷ ${subject}`,
      rounds: ratioByRound(roundsOf(figures, 'ackline'), roundsOf(figures, subject)),
      atLeast: GOAL,
    })),
  };
}
