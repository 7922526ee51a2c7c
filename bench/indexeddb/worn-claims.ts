import type { Page } from 'playwright';
import type { BenchResult } from '../bench.ts';
import type { BenchBrowser } from '../bench-browser.ts';
import { check } from '../check.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import { fill, measureClaims } from './backlog-claims.ts';
import { DRAINED } from './backlog-drain.ts';

const BACKLOG = 1_000;
const FRESH = 'fresh-ackline';
const OPENING = 'opening alone, by hand';
const CLAIM_GOAL = 2;
const COLD_GOAL_MS = 20;

const DATABASES = [
  { name: FRESH, subject: 'fresh database' },
  { name: DRAINED, subject: 'after 100,000 acknowledged' },
] as const;

/** What 100,000 acknowledged events cost a later claim, and the first claim of a page. */
export async function measureWornClaims(
  browser: BenchBrowser,
  page: Page,
): Promise<Pick<BenchResult, 'tables' | 'ratios'>> {
  for (const { name } of DATABASES) await fill(page, name, 'ackline', BACKLOG);
  const p50 = await measureClaims(
    page,
    DATABASES.map(({ name }) => name),
  );
  const cold = await measureColdClaims(browser, page);
  const series = (rounds: (name: string) => number[]) =>
    DATABASES.map(({ name, subject }) => ({ subject, rounds: rounds(name) }));
  return {
    tables: [
      { title: 'Claim, p50', unit: 'ms', series: series(p50) },
      {
        title: 'First claim of a page',
        unit: 'ms',
        series: [{ subject: OPENING, rounds: cold(OPENING) }, ...series(cold)],
      },
    ],
    ratios: [
      {
        what: 'claim p50, after 100,000 acknowledged ÷ in a fresh database',
        rounds: ratioByRound(p50(DRAINED), p50(FRESH)),
        atMost: CLAIM_GOAL,
      },
      {
        what: 'first claim of a page after 100,000 acknowledged',
        unit: 'ms',
        rounds: cold(DRAINED),
        atMost: COLD_GOAL_MS,
      },
    ],
  };
}

/** A new page for each claim, and for each opening. */
async function measureColdClaims(
  browser: BenchBrowser,
  filler: Page,
): Promise<(name: string) => number[]> {
  const next = new Map<string, number>();
  for (const { name } of DATABASES)
    next.set(name, await filler.evaluate((given) => window.backlog.close(given), name));
  const claimCold = async (page: Page, name: string) => {
    const { sequence, ms } = await page.evaluate((given) => window.backlog.claimCold(given), name);
    const expected = next.get(name) ?? 0;
    check(sequence === expected, `${expected} comes next`, sequence);
    next.set(name, sequence + 1);
    return ms;
  };
  const openCold = (page: Page) =>
    page.evaluate((given) => window.backlog.openCold(given), DRAINED);
  const figures = await takeTurns([
    { subject: OPENING, measure: () => inNewPage(browser, openCold) },
    ...DATABASES.map(({ name }) => ({
      subject: name,
      measure: () => inNewPage(browser, (page) => claimCold(page, name)),
    })),
  ]);
  return (name) => roundsOf(figures, name);
}

async function inNewPage<T>(browser: BenchBrowser, use: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  const answer = await use(page);
  await page.close();
  return answer;
}
