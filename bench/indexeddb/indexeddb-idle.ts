import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright';
import type { Bench, BenchResult } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { check } from '../check.ts';
import type { IdleCount } from './idle-page-bench.ts';

const TABS = 8;
const LISTENERS = 10;
/** The default of the library. */
const POLL_INTERVAL_MS = 1_000;
/** After this time no tab is still opening the database, in its first scan, or waiting to lead. */
const SETTLING_MS = 3_000;
const HANDLING_MS = 5_000;

export interface IdleTerms {
  /** The length of the idle time, default 60,000. A shorter time misses rare work. */
  readonly durationMs?: number;
}

/** The transactions and timers of many idle listeners. */
export function idleBench({ durationMs = 60_000 }: IdleTerms = {}): Bench {
  return {
    name: 'indexeddb-idle',
    async run() {
      await using browser = await BenchBrowser.open('bench/indexeddb/idle-page.ts');
      const pages: Page[] = [];
      while (pages.length < TABS) pages.push(await browser.newPage());
      for (const page of pages)
        await page.evaluate((listeners) => window.idle.listen(listeners), LISTENERS);
      const counts = await countIdle(pages, durationMs);
      await checkAwake(pages);
      return { ...resultOf(counts, durationMs), browser: browser.version };
    },
  };
}

export const indexedDbIdle: Bench = idleBench();

async function countIdle(pages: readonly Page[], durationMs: number): Promise<IdleCount[]> {
  await delay(SETTLING_MS);
  for (const page of pages) await page.evaluate(() => window.idle.startCount());
  await delay(durationMs);
  return Promise.all(pages.map((page) => page.evaluate(() => window.idle.readCount())));
}

/** Checks that the idle tabs did listen: an event reaches one handler, and is settled. */
async function checkAwake(pages: readonly Page[]): Promise<void> {
  const [first] = pages;
  await first?.evaluate(() => window.idle.publish());
  const isSettled = async () => (await first?.evaluate(() => window.idle.countLeft())) === 0;
  const endsAt = Date.now() + HANDLING_MS;
  while (!(await isSettled()))
    check(Date.now() < endsAt, 'an event is settled in time', `${HANDLING_MS} ms`);
  const handled = await Promise.all(
    pages.map((page) => page.evaluate(() => window.idle.countHandled())),
  );
  const count = handled.reduce((sum, one) => sum + one, 0);
  check(count === 1, 'it is handled once', count);
  for (const page of pages) await page.evaluate(() => window.idle.close());
}

function resultOf(counts: readonly IdleCount[], durationMs: number): BenchResult {
  const sum = (of: (count: IdleCount) => number) =>
    counts.reduce((total, count) => total + of(count), 0);
  const scans = sum(({ transactions }) => transactions.readonly);
  const writes = sum(({ transactions }) => transactions.readwrite);
  const timersSet = sum((count) => count.timersSet);
  const pending = Math.max(...counts.map(({ timersPending }) => timersPending));
  const series = Object.entries({ 'readonly scans': scans, 'timers set': timersSet }).map(
    ([subject, count]) => ({ subject, rounds: [count] }),
  );
  return {
    summary:
      `${TABS} tabs of Chromium with ${LISTENERS} listeners each, all on one channel with the default poll interval of ` +
      `${POLL_INTERVAL_MS.toLocaleString('en')} ms, and without work for ${durationMs / 1_000} seconds. There is one round, ` +
      'because no figure depends on a clock. An event at the end, which one listener handles, shows that they were awake.',
    tables: [{ title: `All tabs in ${durationMs / 1_000} seconds`, unit: 'times', series }],
    ratios: [
      {
        what: 'readonly scans in a poll interval, all tabs',
        unit: 'scans',
        rounds: [(scans * POLL_INTERVAL_MS) / durationMs],
        atMost: 1,
      },
      { what: 'readwrite transactions', unit: 'in all', rounds: [writes], atMost: 0 },
      { what: 'timers that pend at once in one tab', unit: 'timers', rounds: [pending], atMost: 1 },
    ],
  };
}
