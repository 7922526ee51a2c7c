import type { Page } from 'playwright';
import type { Bench, Ratio, Table } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { check, Tally } from '../check.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { Competition, TabRecord, TabsSubject } from './tabs-page-bench.ts';

const TABS = 4;
const SUBJECTS: readonly TabsSubject[] = ['obvious', 'ackline'];
const SHARE_GOAL = 0.75;
const LOST_GOAL = 0.5;
/** The time for all tabs to receive the start. */
const COUNTDOWN_MS = 100;

interface Setting {
  readonly batch: number;
  readonly atLeast: number;
  readonly events: Readonly<Record<TabsSubject, number>>;
}

const SETTINGS: readonly Setting[] = [
  { batch: 1, atLeast: 0.75, events: { obvious: 300, ackline: 200 } },
  { batch: 10, atLeast: 2.5, events: { obvious: 600, ackline: 1_500 } },
  { batch: 100, atLeast: 8, events: { obvious: 3_000, ackline: 8_000 } },
];

const SUMMARY =
  `${TABS} tabs compete for one backlog of single publishes, with payloads of about 300 random bytes, relaxed. Each tab ` +
  'claims a batch, acknowledges it, and claims again until no event is left. The share of the slowest tab is relative to ' +
  'an equal share. A claim is lost if another tab claimed first, and its transaction is rolled back. The bench checks ' +
  'that no event came to two tabs, and that none is left. The obvious layout uses database locks instead: it loses no ' +
  'claim, but each claim blocks all other tabs.';

interface Figures {
  readonly perSecond: number;
  readonly slowestShare: number;
  readonly lostPerWon: number;
}

/** How several tabs share one backlog. */
export const indexedDbTabs: Bench = {
  name: 'indexeddb-tabs',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/tabs-page.ts', { engine });
    const pages: Page[] = [];
    while (pages.length < TABS) pages.push(await browser.newPage());
    const measured: { readonly tables: readonly Table[]; readonly ratios: readonly Ratio[] }[] = [];
    for (const setting of SETTINGS) measured.push(await measure(pages, setting));
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: measured.flatMap(({ tables }) => tables),
      ratios: measured.flatMap(({ ratios }) => ratios),
    };
  },
};

async function measure(pages: readonly Page[], { batch, atLeast, events }: Setting) {
  let round = 0;
  const figures = await takeTurns(
    SUBJECTS.map((subject) => ({
      subject,
      measure: () => {
        round += 1;
        const database = `tabs-${batch}-${round}`;
        return compete(pages, { subject, database, events: events[subject], batch });
      },
    })),
  );
  const name = `batches of ${batch}`;
  const own = roundsOf(figures, 'ackline');
  const perSecond = (subject: TabsSubject) =>
    roundsOf(figures, subject).map((each) => each.perSecond);
  const shares = (subject: TabsSubject) =>
    roundsOf(figures, subject).map(({ slowestShare }) => slowestShare);
  return {
    tables: [
      tableOf(`${TABS} tabs, ${name}, in all`, 'events/s', perSecond),
      tableOf(`${TABS} tabs, ${name}, share of the slowest`, 'of equal', shares),
    ],
    ratios: [
      {
        what: `${name}, ackline ÷ obvious`,
        rounds: ratioByRound(perSecond('ackline'), perSecond('obvious')),
        atLeast,
      },
      {
        what: `${name}, slowest tab’s share ÷ equal share`,
        rounds: shares('ackline'),
        atLeast: SHARE_GOAL,
      },
      {
        what: `${name}, lost claims ÷ claims won`,
        rounds: own.map(({ lostPerWon }) => lostPerWon),
        atMost: LOST_GOAL,
      },
    ],
  };
}

function tableOf(title: string, unit: string, rounds: (subject: TabsSubject) => number[]): Table {
  return { title, unit, series: SUBJECTS.map((subject) => ({ subject, rounds: rounds(subject) })) };
}

async function compete(pages: readonly Page[], competition: Competition): Promise<Figures> {
  await pages[0]?.evaluate((given) => window.tabs.fill(given), competition);
  for (const page of pages) await page.evaluate((given) => window.tabs.open(given), competition);
  const startAt = Date.now() + COUNTDOWN_MS;
  const records = await Promise.all(
    pages.map((page) => page.evaluate((at) => window.tabs.compete(at), startAt)),
  );
  for (const page of pages) {
    const left = await page.evaluate(() => window.tabs.close());
    check(left === 0, 'nothing is left', left);
  }
  checkOnce(records, competition.events);
  const counts = records.map(({ sequences }) => sequences.length);
  const sum = (of: (record: TabRecord) => number) =>
    records.reduce((total, record) => total + of(record), 0);
  return {
    perSecond:
      (competition.events * 1_000) / (Math.max(...records.map(({ endedAt }) => endedAt)) - startAt),
    slowestShare: (Math.min(...counts) * TABS) / competition.events,
    lostPerWon: sum(({ lost }) => lost) / sum(({ won }) => won),
  };
}

function checkOnce(records: readonly TabRecord[], events: number): void {
  const tally = new Tally(events);
  for (const { sequences } of records) for (const sequence of sequences) tally.add(sequence);
  check(tally.isComplete, `all ${events} events are handled`, tally.count);
  check(tally.doubles === 0, 'no event comes to two tabs', tally.doubles);
}
