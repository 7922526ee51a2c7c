import type { Page } from 'playwright';
import { BenchBrowser } from '../bench-browser.ts';
import type { MarkedWay } from '../marks.ts';
import { fill } from './backlog-claims.ts';
import { type Mark, markPlatform } from './page-marks.ts';

const DATABASE = 'first-claims';
const BACKLOG = 1_000;
const PAGES = 20;

/** Marks from the creation of a channel, in a new page, to its first event. */
export async function markFirstClaims(): Promise<readonly MarkedWay[]> {
  await using browser = await BenchBrowser.open('bench/indexeddb/backlog-page.ts', {
    isIsolated: true,
  });
  const filler = await browser.newPage();
  await fill(filler, DATABASE, 'ackline', BACKLOG);
  await filler.evaluate((name) => window.backlog.close(name), DATABASE);
  const claims: (readonly Mark[])[] = [];
  const openings: (readonly Mark[])[] = [];
  while (claims.length < PAGES) {
    const kinds = [
      ['claimCold', claims],
      ['openCold', openings],
    ] as const;
    for (const [kind, runs] of kinds) {
      const page = await browser.newPage();
      runs.push(await markedIn(page, kind));
      await page.close();
    }
  }
  return [
    { title: 'opening and one read, by hand', runs: openings },
    { title: 'the first claim of a page', runs: claims },
  ];
}

async function markedIn(page: Page, kind: 'claimCold' | 'openCold'): Promise<readonly Mark[]> {
  await page.evaluate(markPlatform);
  return page.evaluate(
    async ([given, name]) => {
      const startedAt = performance.now();
      const answer = await window.backlog[given](name);
      const ms = typeof answer === 'number' ? answer : answer.ms;
      const marks = window.marks.map(([at, what]) => [at - startedAt, what] as const);
      return [...marks.filter(([at]) => at <= ms), [ms, '= done'] as const];
    },
    [kind, DATABASE] as const,
  );
}
