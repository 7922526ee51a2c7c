import type { Page } from 'playwright';
import type { Bench, Ratio, Table } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { PublishSubject, PublishTerms } from './publish-page-bench.ts';

const SUBJECTS: readonly PublishSubject[] = ['one transaction each', 'ackline'];
const DURABILITIES: readonly PublishTerms['durability'][] = ['relaxed', 'strict'];

const AT_ONCE = 100;
const AT_ONCE_GOAL = 10;
const AT_ONCE_EVENTS = { 'one transaction each': 1_000, ackline: 10_000 };

const ALONE_GOAL = 1.3;
const ALONE_EVENTS = 500;

/** More than in other benches, because the time of single transactions varies by a factor of two. */
const ROUNDS = 9;

const SUMMARY =
  `Until \`publish\` has resolved in one tab, payloads of about 300 random bytes: ${AT_ONCE} calls at once, ` +
  `then one at a time, each awaited; ${ROUNDS} rounds. \`one transaction each\` is written by hand: a transaction with one \`add\` and ` +
  '`commit()` for each event, into a store without an index. After each round the bench counts the stored events.';

interface Measured {
  readonly table: Table;
  readonly ratio: Ratio;
}

/** The cost of publishing, beside the transactions that it needs at least. */
export const indexedDbPublish: Bench = {
  name: 'indexeddb-publish',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/publish-page.ts', {
      engine,
      isIsolated: true,
    });
    const page = await browser.newPage();
    const measured: Measured[] = [];
    for (const durability of DURABILITIES) {
      measured.push(await measureAtOnce(page, durability));
      measured.push(await measureAlone(page, durability));
    }
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: measured.map(({ table }) => table),
      ratios: measured.map(({ ratio }) => ratio),
    };
  },
};

/** Events per second. */
async function measureAtOnce(
  page: Page,
  durability: PublishTerms['durability'],
): Promise<Measured> {
  const rounds = await measure(async (subject) => {
    const events = AT_ONCE_EVENTS[subject];
    const ms = await publishAll(page, { subject, durability, events, atOnce: AT_ONCE });
    return (events * 1_000) / ms;
  });
  const name = `${AT_ONCE} publishes at once, ${durability}`;
  return {
    table: { title: name, unit: 'events/s', series: seriesOf(rounds) },
    ratio: {
      what: `${name}, ackline ÷ one transaction each`,
      rounds: ratioByRound(rounds('ackline'), rounds('one transaction each')),
      atLeast: AT_ONCE_GOAL,
    },
  };
}

/** Milliseconds for each event. */
async function measureAlone(page: Page, durability: PublishTerms['durability']): Promise<Measured> {
  const events = ALONE_EVENTS;
  const rounds = await measure(
    async (subject) =>
      (await publishAll(page, { subject, durability, events, atOnce: 1 })) / events,
  );
  const name = `one publish at a time, ${durability}`;
  return {
    table: { title: name, unit: 'ms', series: seriesOf(rounds) },
    ratio: {
      what: `time of ${name}, ackline ÷ one transaction each`,
      rounds: ratioByRound(rounds('ackline'), rounds('one transaction each')),
      atMost: ALONE_GOAL,
    },
  };
}

async function measure(
  run: (subject: PublishSubject) => Promise<number>,
): Promise<(subject: PublishSubject) => number[]> {
  const figures = await takeTurns(
    SUBJECTS.map((subject) => ({ subject, measure: () => run(subject) })),
    ROUNDS,
  );
  return (subject) => roundsOf(figures, subject);
}

function seriesOf(rounds: (subject: PublishSubject) => number[]) {
  return SUBJECTS.map((subject) => ({ subject, rounds: rounds(subject) }));
}

function publishAll(page: Page, terms: PublishTerms): Promise<number> {
  return page.evaluate((given) => window.publishing.publishAll(given), terms);
}
