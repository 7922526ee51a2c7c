import type { Page } from 'playwright';
import type { Bench } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { check } from '../check.ts';
import { ROUNDS, roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, quantileOf, ratioByRound } from '../statistics.ts';
import type { FanOutSubject } from './lines.ts';
import type { Run } from './page-bench.ts';

const SUBJECTS: readonly FanOutSubject[] = ['bare', 'ackline'];
const TRIPS_PER_ROUND = 300;
const GOAL = 1.5;

const SUMMARY =
  `Milliseconds from the call of \`publish\` in one tab to the handler in another: half of a way there and ` +
  `back, ${ROUNDS} rounds of ${TRIPS_PER_ROUND} ways one after the other, payloads of about 300 bytes. \`bare\` is a ` +
  'BroadcastChannel and its message handler, on both ways; `ackline` is `publish` and a listener, on both ways.';

/** How long an event takes from one tab to the handler in another. */
export const broadcastHop: Bench = {
  name: 'broadcast-hop',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/broadcast/page.ts', {
      engine,
      isIsolated: true,
    });
    const pages = { near: await browser.newPage(), far: await browser.newPage() };
    let round = 0;
    const figures = await takeTurns(
      SUBJECTS.map((subject) => ({
        subject,
        measure: () => {
          round += 1;
          return measureRound(pages, { subject, line: `hop-${round}`, events: TRIPS_PER_ROUND });
        },
      })),
    );
    const middle = (subject: FanOutSubject) => roundsOf(figures, subject).map(medianOf);
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: [
        {
          title: 'Publish → handler in another tab, p50',
          unit: 'ms',
          series: SUBJECTS.map((subject) => ({ subject, rounds: middle(subject) })),
        },
        {
          title: `The same, p99 of ${ROUNDS * TRIPS_PER_ROUND}`,
          unit: 'ms',
          series: SUBJECTS.map((subject) => ({
            subject,
            rounds: [quantileOf(roundsOf(figures, subject).flat(), 0.99)],
          })),
        },
      ],
      ratios: [
        {
          what: 'p50 of ackline ÷ bare',
          rounds: ratioByRound(middle('ackline'), middle('bare')),
          atMost: GOAL,
        },
      ],
    };
  },
};

async function measureRound(pages: { near: Page; far: Page }, run: Run): Promise<number[]> {
  await pages.far.evaluate((given) => window.fanOut.echo(given), run);
  const trips = await pages.near.evaluate((given) => window.fanOut.pingPong(given), run);
  check(trips.length === run.events, `${run.events} come back`, trips.length);
  for (const page of Object.values(pages)) await page.evaluate(() => window.fanOut.end());
  return trips.map((ms) => ms / 2);
}
