import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright';
import type { Bench, BenchResult } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { check } from '../check.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, quantileOf, ratioByRound } from '../statistics.ts';

const FEW = 10;
const SIZES = [FEW, 300, 1_000, 2_000];
const ROUNDS = 3;
const EVENTS = 40;
/** After this time no tab is still in its first scan, or waits for its locks. */
const SETTLING_MS = 3_000;
const IDLE_MS = 5_000;
const POLL_INTERVAL_MS = 1_000;

interface Figures {
  readonly startMs: number;
  readonly p50Ms: number;
  readonly worstMs: number;
  readonly scans: number;
  readonly writes: number;
  readonly timersPending: number;
}

/** What many idle channels cost, and what they cost a busy one. */
export const indexedDbChannels: Bench = {
  name: 'indexeddb-channels',
  async run() {
    await using browser = await BenchBrowser.open('bench/indexeddb/channels-page.ts');
    const figures = await takeTurns(
      SIZES.map((channels) => ({
        subject: nameOf(channels),
        measure: () => measure(browser, channels),
      })),
      ROUNDS,
    );
    return { ...resultOf(figures), browser: browser.version };
  },
};

function nameOf(channels: number): string {
  return `${channels.toLocaleString('en')} channels`;
}

async function measure(browser: BenchBrowser, channels: number): Promise<Figures> {
  const page = await browser.newPage();
  try {
    const startMs = await page.evaluate((count) => window.channels.listen(count), channels);
    await delay(SETTLING_MS);
    const idle = await countIdle(page);
    const latencies = await page.evaluate((count) => window.channels.publishPaced(count), EVENTS);
    const doubles = await page.evaluate(() => window.channels.countDoubles());
    check(doubles === 0, 'each event is handled once', doubles);
    await page.evaluate(() => window.channels.close());
    return { startMs, p50Ms: medianOf(latencies), worstMs: quantileOf(latencies, 1), ...idle };
  } finally {
    await page.close();
  }
}

async function countIdle(page: Page) {
  await page.evaluate(() => window.channels.startCount());
  await delay(IDLE_MS);
  const { transactions, timersPending } = await page.evaluate(() => window.channels.readCount());
  const scans = (transactions.readonly * POLL_INTERVAL_MS) / IDLE_MS;
  return { scans, writes: transactions.readwrite, timersPending };
}

function resultOf(figures: ReadonlyMap<string, Figures[]>): Omit<BenchResult, 'browser'> {
  const of = (channels: number, figure: keyof Figures) =>
    roundsOf(new Map(figures), nameOf(channels)).map((round) => round[figure]);
  const most = Math.max(...SIZES);
  const table = (title: string, figure: keyof Figures, unit: string) => ({
    title,
    unit,
    series: SIZES.map((channels) => ({ subject: nameOf(channels), rounds: of(channels, figure) })),
  });
  return {
    summary:
      `Milliseconds from \`publish\` to the handler in one tab of Chromium that listens on so many channels of one ` +
      `database, all idle but the one that the event is for, which is chosen by chance; ${EVENTS} events at odd moments. ` +
      'Beside it the milliseconds from the first call of `listen` until an event of the last channel is handled, and what the tab does while ' +
      `nothing happens, with the default poll interval of ${POLL_INTERVAL_MS.toLocaleString('en')} ms.`,
    tables: [
      table('Publish → handler, p50', 'p50Ms', 'ms'),
      table('Publish → handler, slowest', 'worstMs', 'ms'),
      table('Start of all listeners', 'startMs', 'ms'),
      table('Read-only transactions in a poll interval', 'scans', 'times'),
    ],
    ratios: [
      ...SIZES.filter((channels) => channels > FEW).map((channels) => ({
        what: `p50 at ${nameOf(channels)} ÷ at ${FEW}`,
        rounds: ratioByRound(of(channels, 'p50Ms'), of(FEW, 'p50Ms')),
        ...(channels === 1_000 && { atMost: 2 }),
      })),
      {
        what: `read-only transactions in a poll interval, ${nameOf(most)}`,
        unit: 'scans',
        rounds: of(most, 'scans'),
        atMost: 1,
      },
      {
        what: `readwrite transactions while idle, ${nameOf(most)}`,
        unit: 'in all',
        rounds: of(most, 'writes'),
        atMost: 0,
      },
      {
        what: `timers that pend at once, ${nameOf(most)}`,
        unit: 'timers',
        rounds: of(most, 'timersPending'),
        atMost: 1,
      },
    ],
  };
}
