import type { Page } from 'playwright';
import type { BenchResult } from '../bench.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, ratioByRound } from '../statistics.ts';
import type { BacklogSubject } from './backlog-page-bench.ts';

const SMALL = 1_000;
const LARGE = 1_000_000;
const GOAL = 2;
const CLAIMS_PER_ROUND = 40;
/** Storing a million rows takes minutes. */
export const EVENTS_PER_COMMIT = 10;

const SIZES: readonly (readonly [subject: BacklogSubject, backlogs: readonly number[]])[] = [
  ['ackline', [SMALL, 10_000, 100_000, LARGE]],
  ['obvious', [SMALL, 10_000]],
];

interface SubjectBacklog {
  readonly name: string;
  readonly subject: BacklogSubject;
  readonly backlog: number;
}

const BACKLOGS: readonly SubjectBacklog[] = SIZES.flatMap(([subject, backlogs]) =>
  backlogs.map((backlog) => ({ name: nameOf(subject, backlog), subject, backlog })),
);

/** How long one claim takes, one at a time, while the backlog keeps its size. */
export async function measureClaimGrowth(
  page: Page,
): Promise<Required<Pick<BenchResult, 'tables' | 'ratios' | 'plots'>>> {
  for (const { name, subject, backlog } of BACKLOGS) await fill(page, name, subject, backlog);
  const p50 = await measureClaims(
    page,
    BACKLOGS.map(({ name }) => name),
  );
  for (const { name } of BACKLOGS)
    await page.evaluate((given) => window.backlog.close(given), name);
  const series = BACKLOGS.map(({ name }) => ({ subject: name, rounds: p50(name) }));
  return {
    tables: [{ title: 'Claim, p50, at a backlog of', unit: 'ms', series }],
    ratios: [
      {
        what: `claim p50, backlog of ${count(LARGE)} ÷ of ${count(SMALL)}`,
        rounds: ratioByRound(p50(nameOf('ackline', LARGE)), p50(nameOf('ackline', SMALL))),
        atMost: GOAL,
      },
    ],
    plots: [
      {
        name: 'latency-backlog',
        title: 'Latency of a claim against the backlog',
        x: 'events in the backlog',
        y: 'ms, p50',
        lines: SIZES.map(([subject, backlogs]) => ({
          subject,
          points: backlogs.map((backlog) => [backlog, medianOf(p50(nameOf(subject, backlog)))]),
        })),
      },
    ],
  };
}

export async function fill(
  page: Page,
  name: string,
  subject: BacklogSubject,
  backlog: number,
): Promise<void> {
  await page.evaluate(
    async ([given, kind, events, perCommit]) => {
      await window.backlog.open(given, kind);
      await window.backlog.fill(given, events, perCommit);
    },
    [name, subject, backlog, EVENTS_PER_COMMIT] as const,
  );
}

/** The p50 of each round, by the name of the backlog. */
export async function measureClaims(
  page: Page,
  names: readonly string[],
): Promise<(name: string) => number[]> {
  const figures = await takeTurns(
    names.map((name) => ({
      subject: name,
      measure: () =>
        page.evaluate(([given, claims]) => window.backlog.measureClaims(given, claims), [
          name,
          CLAIMS_PER_ROUND,
        ] as const),
    })),
  );
  return (name) => roundsOf(figures, name).map(medianOf);
}

function nameOf(subject: BacklogSubject, backlog: number): string {
  return `${subject}, ${count(backlog)}`;
}

function count(events: number): string {
  return events.toLocaleString('en');
}
