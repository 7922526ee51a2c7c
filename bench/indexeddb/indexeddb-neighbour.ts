import { setTimeout as delay } from 'node:timers/promises';
import { type LifecycleTab, launchLifecycleBrowser } from '../../test/setup/lifecycle-browser.ts';
import { pageOf, servePages } from '../../test/setup/serve-pages.ts';
import type { Bench, BenchResult, Ratio, Table } from '../bench.ts';
import { bundleForPage } from '../bundle.ts';
import { check } from '../check.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import type { Call, NeighbourSubject } from './neighbour-page-bench.ts';
import { HOLDS, type Hold, type Standstill } from './standstill.ts';

const SUBJECTS: readonly NeighbourSubject[] = ['obvious', 'ackline'];
const GOAL_MS = 50;
const BACKLOG = 200;
/** After this number of events of both tabs a standstill may begin, at a random moment. */
const EVENTS_BETWEEN = 5;
const MAX_BETWEEN_MS = 30;

const SUMMARY =
  'Two tabs of Chromium publish, claim and acknowledge one event after the other, in one database with a backlog. During ' +
  'its work one tab is busy (1.2 s of synchronous code) or frozen (0.3 s, four times a round). The figure is the slowest ' +
  'call of the other tab in that time, counting only the part within that time. Beside a tab that just works, the figure ' +
  'shows how long a call takes now and then without any standstill. `obvious` writes from a callback. If the tab stops ' +
  'between the two requests, the store stays locked until the tab resumes. At the end the bench checks that each ' +
  'published event was acknowledged once, or is still stored.';

interface Tabs {
  readonly victim: LifecycleTab;
  readonly other: LifecycleTab;
}

/** How long a stopped tab delays another tab. */
export const indexedDbNeighbour: Bench = {
  name: 'indexeddb-neighbour',
  async run() {
    const browser = await launchLifecycleBrowser();
    const body = await bundleForPage('bench/indexeddb/neighbour-page.ts');
    const pages = await servePages({
      '/': pageOf('/bench.js'),
      '/bench.js': { type: 'text/javascript', body },
    });
    try {
      const tabs = {
        victim: await browser.openTab(pages.url),
        other: await browser.openTab(pages.url),
      };
      const version = browser.tabs.browser()?.version() ?? 'of unknown version';
      return { ...(await measure(tabs)), browser: `Chromium ${version}` };
    } finally {
      await browser.close();
      await pages.close();
    }
  },
};

async function measure(tabs: Tabs): Promise<BenchResult> {
  for (const subject of SUBJECTS) await open(tabs, subject);
  const nameOf = (subject: NeighbourSubject, hold: Hold) => `${subject}, ${hold.name}`;
  const figures = await takeTurns(
    HOLDS.flatMap((hold) =>
      SUBJECTS.map((subject) => ({
        subject: nameOf(subject, hold),
        measure: () => measureRound(tabs, subject, hold),
      })),
    ),
  );
  for (const subject of SUBJECTS) await close(tabs, subject);
  const tables = HOLDS.map(
    (hold): Table => ({
      title: `Slowest call beside a tab that is ${hold.name} for ${hold.ms / 1_000} s`,
      unit: 'ms',
      series: SUBJECTS.map((subject) => ({
        subject,
        rounds: roundsOf(figures, nameOf(subject, hold)),
      })),
    }),
  );
  const ratios = HOLDS.map(
    (hold): Ratio => ({
      what: `slowest call of all rounds beside a tab that is ${hold.name}`,
      unit: 'ms',
      // The median of the rounds would hide a delayed round.
      rounds: [Math.max(...roundsOf(figures, nameOf('ackline', hold)))],
      ...(hold.name !== 'at work' && { atMost: GOAL_MS }),
    }),
  );
  return { summary: SUMMARY, tables, ratios };
}

async function open({ victim, other }: Tabs, subject: NeighbourSubject): Promise<void> {
  for (const [number, { page }] of [victim, other].entries())
    await page.evaluate(([given, tab]) => window.neighbour.open(given, tab), [
      subject,
      number,
    ] as const);
  await other.page.evaluate(([given, events]) => window.neighbour.fill(given, events), [
    subject,
    BACKLOG,
  ] as const);
}

async function measureRound(tabs: Tabs, subject: NeighbourSubject, hold: Hold): Promise<number> {
  const { victim, other } = tabs;
  const pages = [victim.page, other.page];
  for (const page of pages) await page.evaluate((given) => window.neighbour.start(given), subject);
  let slowestMs = 0;
  for (let held = 0; held < hold.count; held += 1) {
    const terms = [subject, EVENTS_BETWEEN] as const;
    const progress = pages.map((page) =>
      page.evaluate(([given, events]) => window.neighbour.progress(given, events), terms),
    );
    await Promise.all(progress);
    await delay(Math.random() * MAX_BETWEEN_MS);
    const standstill = await hold.apply(victim, hold.ms);
    const calls = await other.page.evaluate((given) => window.neighbour.takeCalls(given), subject);
    await hold.release(victim);
    slowestMs = Math.max(slowestMs, ...calls.map((call) => msWithin(call, standstill)));
  }
  for (const page of pages) await page.evaluate((given) => window.neighbour.stop(given), subject);
  return slowestMs;
}

/** How much of a call fell into the standstill. */
function msWithin([, startedAt, endedAt]: Call, [from, to]: Standstill): number {
  return Math.max(0, Math.min(endedAt, to) - Math.max(startedAt, from));
}

async function close({ victim, other }: Tabs, subject: NeighbourSubject): Promise<void> {
  const ofVictim = await victim.page.evaluate((given) => window.neighbour.close(given), subject);
  const ofOther = await other.page.evaluate((given) => window.neighbour.close(given), subject);
  const acknowledged = [...ofVictim.acknowledged, ...ofOther.acknowledged];
  const once = new Set(acknowledged).size;
  check(once === acknowledged.length, 'each event is acknowledged once', acknowledged.length);
  const published = ofVictim.published.length + ofOther.published.length;
  check(ofOther.left === published - once, `${published - once} events are left`, ofOther.left);
}
