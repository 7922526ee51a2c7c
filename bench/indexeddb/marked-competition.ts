import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright';
import { BenchBrowser } from '../bench-browser.ts';
import type { MarkedWay } from '../marks.ts';
import { profilePage } from './cpu-profile.ts';
import { type Mark, markPlatform } from './page-marks.ts';
import type { TabsSubject } from './tabs-page-bench.ts';

const TABS = 4;
/** The mark that begins a round of a tab. The round ends at the next such mark. */
const BEGINNINGS: Readonly<Record<TabsSubject, RegExp>> = {
  obvious: /^write to .*: begun$/,
  ackline: /^claim lock: come$/,
};

/** Marks from one claim of a tab to its next, while three other tabs compete for the same backlog. */
export async function markCompetition(
  batch: number,
  profileFile?: string,
): Promise<readonly MarkedWay[]> {
  await using browser = await BenchBrowser.open('bench/indexeddb/tabs-page.ts');
  const pages: Page[] = [];
  while (pages.length < TABS) pages.push(await browser.newPage());
  for (const page of pages) await page.evaluate(markPlatform);
  const ways: MarkedWay[] = [];
  for (const subject of ['obvious', 'ackline'] as const) {
    const competition = { subject, database: `marked-${subject}`, events: 80 * batch + 320, batch };
    await pages[0]?.evaluate((given) => window.tabs.fill(given), competition);
    for (const page of pages) await page.evaluate((given) => window.tabs.open(given), competition);
    const startAt = Date.now() + 100;
    const compete = () => Promise.all(pages.map((page) => roundsIn(page, startAt, subject)));
    const runs = await (profileFile && subject === 'ackline'
      ? whileProfiled(pages[0] as Page, profileFile, compete)
      : compete());
    for (const page of pages) await page.evaluate(() => window.tabs.close());
    ways.push({ title: `${subject}, batches of ${batch}`, runs: runs.flat() });
  }
  return ways;
}

async function whileProfiled<T>(page: Page, file: string, work: () => Promise<T>): Promise<T> {
  let done: T | undefined;
  const profile = await profilePage(page, async () => {
    done = await work();
  });
  writeFileSync(file, JSON.stringify(profile));
  return done as T;
}

async function roundsIn(
  page: Page,
  startAt: number,
  subject: TabsSubject,
): Promise<readonly (readonly Mark[])[]> {
  const marks = await page.evaluate(async (at) => {
    window.marks.splice(0);
    await window.tabs.compete(at);
    return window.marks;
  }, startAt);
  const rounds: Mark[][] = [];
  let begunAt = 0;
  for (const [at, what] of marks) {
    if (BEGINNINGS[subject].test(what)) {
      rounds.at(-1)?.push([at - begunAt, '= next']);
      begunAt = at;
      rounds.push([]);
    }
    rounds.at(-1)?.push([at - begunAt, what]);
  }
  return rounds;
}
