import type { Page } from 'playwright';
import type { Bench, Ratio, Table } from '../bench.ts';
import { BenchBrowser } from '../chromium.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { FanOutSubject } from './lines.ts';
import type { Run } from './page-bench.ts';

const SUBJECTS: readonly FanOutSubject[] = ['bare', 'ackline'];
const GOAL = 0.5;
const BURST = 100;

interface Setting {
  readonly receivers: number;
  readonly events: number;
}

const SETTINGS: readonly Setting[] = [
  { receivers: 1, events: 20_000 },
  { receivers: 8, events: 5_000 },
];

const SUMMARY =
  'Events per second from one tab of Chromium to others, each with a payload of about 300 bytes, from the first ' +
  'call until every receiver has said that it has handled all of them, once and in order. Both sides publish one by ' +
  `one, ${BURST} calls in each turn. \`bare\` is a BroadcastChannel that posts a message for each payload; \`ackline\` ` +
  'is `publish`, and a listener with a concurrency of 100 in each receiver.';

/** How many events go from one tab to others. */
export const broadcastThroughput: Bench = {
  name: 'broadcast-throughput',
  async run() {
    await using browser = await BenchBrowser.open('bench/broadcast/page.ts');
    const publisher = await browser.newPage();
    const receivers: Page[] = [];
    const measured: { readonly table: Table; readonly ratio: Ratio }[] = [];
    for (const setting of SETTINGS) {
      while (receivers.length < setting.receivers) receivers.push(await browser.newPage());
      measured.push(await measure(publisher, receivers, setting));
    }
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: measured.map(({ table }) => table),
      ratios: measured.map(({ ratio }) => ratio),
    };
  },
};

async function measure(publisher: Page, receivers: readonly Page[], { events }: Setting) {
  let round = 0;
  const figures = await takeTurns(
    SUBJECTS.map((subject) => ({
      subject,
      measure: () => {
        round += 1;
        const line = `throughput-${receivers.length}-${round}`;
        return eventsPerSecond(publisher, receivers, { subject, line, events });
      },
    })),
  );
  const name = `1 → ${receivers.length}`;
  const series = SUBJECTS.map((subject) => ({ subject, rounds: roundsOf(figures, subject) }));
  const rounds = ratioByRound(roundsOf(figures, 'ackline'), roundsOf(figures, 'bare'));
  return {
    table: { title: `Tabs, ${name}`, unit: 'events/s', series },
    ratio: { what: `ackline ÷ bare, ${name}`, rounds, atLeast: GOAL },
  };
}

async function eventsPerSecond(
  publisher: Page,
  receivers: readonly Page[],
  run: Run,
): Promise<number> {
  for (const page of receivers)
    await page.evaluate((given) => window.fanOut.receiveAll(given), run);
  const elapsedMs = await publisher.evaluate(
    ([given, count, burst]) => window.fanOut.publishAll(given, count, burst),
    [run, receivers.length, BURST] as const,
  );
  for (const page of [publisher, ...receivers]) await page.evaluate(() => window.fanOut.end());
  return (run.events * 1_000) / elapsedMs;
}
