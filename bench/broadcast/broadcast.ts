import type { Page } from 'playwright';
import type { Bench, Ratio, Table } from '../bench.ts';
import { BenchBrowser } from '../chromium.ts';
import { ROUNDS, roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, quantileOf, ratioByRound } from '../statistics.ts';
import type { LineSubject } from './lines.ts';

const SUBJECTS: readonly LineSubject[] = ['bare', 'ackline'];
const HOPS = 1_000;
const CROWDS = [
  { receivers: 1, count: 20_000 },
  { receivers: 8, count: 4_000 },
] as const;

const SUMMARY =
  'Tabs of one Chromium, payloads of about 300 bytes. `bare` is a BroadcastChannel with a message for each payload, ' +
  'which promises nothing; `ackline` numbers, leases and acknowledges each. A hop is half of a round trip between two ' +
  `tabs, ${HOPS} one after the other each round, timed by tens. Rates are of bursts of 100 calls a turn, from the first call until ` +
  'every receiver has handled everything, in order.';

/** Publish → handler in another tab, and how many events a second go to one tab and to eight. */
export const broadcast: Bench = {
  name: 'broadcast',
  async run() {
    await using browser = await BenchBrowser.open('bench/broadcast/page.ts');
    const publisher = await browser.newPage();
    const [first, ...others] = await Promise.all(
      Array.from({ length: 8 }, () => browser.newPage()),
    );
    if (first === undefined) throw new Error('eight pages');
    const hops = await measureHops(publisher, first);
    const rates = [];
    for (const crowd of CROWDS)
      rates.push(
        await measureRates(publisher, [first, ...others].slice(0, crowd.receivers), crowd),
      );
    const measured = [hops, ...rates];
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: measured.flatMap(({ tables }) => tables),
      ratios: measured.map(({ ratio }) => ratio),
    };
  },
};

interface Measured {
  readonly tables: readonly Table[];
  readonly ratio: Ratio;
}

async function measureHops(publisher: Page, echoing: Page): Promise<Measured> {
  for (const subject of SUBJECTS)
    await echoing.evaluate((given) => window.broadcastBench.echo(given, `hop-${given}`), subject);
  const turns = SUBJECTS.map((subject) => ({
    subject,
    measure: () =>
      publisher.evaluate((given) => window.broadcastBench.measureHops(given), {
        subject,
        name: `hop-${subject}`,
        count: HOPS,
      }),
  }));
  const figures = await takeTurns(turns);
  const series = (quantile: number) =>
    SUBJECTS.map((subject) => ({
      subject,
      rounds: roundsOf(figures, subject).map((hops) => quantileOf(hops, quantile)),
    }));
  const middle = (subject: LineSubject) => roundsOf(figures, subject).map(medianOf);
  return {
    tables: [
      { title: 'Publish → handler in another tab, p50', unit: 'ms', series: series(0.5) },
      { title: 'The same, p99', unit: 'ms', series: series(0.99) },
    ],
    ratio: {
      what: 'hop p50, ackline ÷ bare',
      rounds: ratioByRound(middle('ackline'), middle('bare')),
      atMost: 1.5,
    },
  };
}

async function measureRates(
  publisher: Page,
  receivers: readonly Page[],
  { count }: { readonly count: number },
): Promise<Measured> {
  let round = 0;
  const measure = async (subject: LineSubject) => {
    round += 1;
    const burst = { subject, name: `rate-${receivers.length}-${round}`, count };
    for (const page of receivers)
      await page.evaluate((given) => window.broadcastBench.count(given), burst);
    const terms = [burst, receivers.length] as const;
    return publisher.evaluate(([given, of]) => window.broadcastBench.measureRate(given, of), terms);
  };
  const figures = await takeTurns(
    SUBJECTS.map((subject) => ({ subject, measure: () => measure(subject) })),
    ROUNDS,
  );
  const crowd = receivers.length === 1 ? 'one tab' : `${receivers.length} tabs`;
  const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
  return {
    tables: [{ title: `From one tab to ${crowd}`, unit: 'events/s', series }],
    ratio: {
      what: `events to ${crowd}, ackline ÷ bare`,
      rounds: ratioByRound(roundsOf(figures, 'ackline'), roundsOf(figures, 'bare')),
      atLeast: 0.5,
    },
  };
}
