import type { Page } from 'playwright';
import type { Bench, Ratio, Series, Table } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import type { FanOutSubject } from './lines.ts';
import type { Run } from './page-bench.ts';

const GOAL = 0.5;
const BURST = 100;

interface Setting {
  readonly receivers: number;
  /** The subjects, and how many events each of them gets. */
  readonly events: Readonly<Partial<Record<FanOutSubject, number>>>;
}

const SETTINGS: readonly Setting[] = [
  {
    receivers: 1,
    events: {
      bare: 20_000,
      ackline: 20_000,
      'broadcast-channel, native': 20_000,
      'broadcast-channel, idb': 500,
    },
  },
  { receivers: 8, events: { bare: 5_000, ackline: 5_000, 'broadcast-channel, native': 5_000 } },
];

/** Promises of the library that the peer does not make. */
const NOTES: Readonly<Partial<Record<FanOutSubject, string>>> = {
  'broadcast-channel, native': 'no receipt, no repair, no flow control',
  'broadcast-channel, idb':
    'no receipt; a poll each 150 ms; stored messages are deleted after 45 s, read or not',
};

const SUMMARY =
  'Events per second from one tab to others, each with a payload of about 300 bytes, from the first ' +
  'call until every receiver has reported that it handled all of them, once and in order. Both sides publish one by ' +
  `one, ${BURST} calls in each task. \`bare\` is a BroadcastChannel that posts a message for each payload; \`ackline\` ` +
  'is `publish`, and a listener with a concurrency of 100 in each receiver. `broadcast-channel` is the library of that ' +
  'name, by its native and its idb method.';

/** The rate of events from one tab to others. */
export const broadcastThroughput: Bench = {
  name: 'broadcast-throughput',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/broadcast/page.ts', { engine });
    const publisher = await browser.newPage();
    const receivers: Page[] = [];
    const measured: { readonly table: Table; readonly ratios: readonly Ratio[] }[] = [];
    for (const setting of SETTINGS) {
      while (receivers.length < setting.receivers) receivers.push(await browser.newPage());
      measured.push(await measure(publisher, receivers, setting));
    }
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: measured.map(({ table }) => table),
      ratios: measured.flatMap(({ ratios }) => ratios),
    };
  },
};

async function measure(publisher: Page, receivers: readonly Page[], { events }: Setting) {
  let round = 0;
  const counts = Object.entries(events) as [FanOutSubject, number][];
  const figures = await takeTurns(
    counts.map(([subject, count]) => ({
      subject,
      measure: () => {
        round += 1;
        const line = `throughput-${receivers.length}-${round}`;
        return eventsPerSecond(publisher, receivers, { subject, line, events: count });
      },
    })),
  );
  const name = `1 → ${receivers.length}`;
  const series = counts.map(([subject]): Series => {
    const note = NOTES[subject];
    return { subject, rounds: roundsOf(figures, subject), ...(note !== undefined && { note }) };
  });
  return {
    table: { title: `Tabs, ${name}`, unit: 'events/s', series },
    ratios: ratiosOf(series, name),
  };
}

function ratiosOf(series: readonly Series[], name: string): Ratio[] {
  const ackline = series.find(({ subject }) => subject === 'ackline')?.rounds ?? [];
  const others = series.filter(({ subject }) => subject !== 'ackline');
  return others.map(({ subject, rounds }) => ({
    what: `ackline ÷ ${subject}, ${name}`,
    rounds: ratioByRound(ackline, rounds),
    ...(subject === 'bare' && { atLeast: GOAL }),
  }));
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
