import type { Page } from 'playwright';
import type { Bench } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { check } from '../check.ts';
import { ROUNDS, roundsOf, takeTurns } from '../rounds.ts';
import { medianOf, quantileOf, ratioByRound } from '../statistics.ts';
import type { LatencySubject, Moments } from './page-bench.ts';

const SUBJECTS: readonly LatencySubject[] = ['bare hop', 'by hand', 'ackline'];
const EVENTS_PER_ROUND = 60;
const MIDDLE_GOAL = 1.3;
const TAIL_GOAL_MS = 25;

const SUMMARY =
  `Milliseconds from the call of \`publish\` in one tab to the handler in another, ${ROUNDS} rounds of ` +
  `${EVENTS_PER_ROUND} events, 5 to 15 ms apart, relaxed. \`bare hop\` is a BroadcastChannel message and stores nothing; ` +
  '`by hand` stores a row, hints, scans and adds a claim row. The clocks of the tabs are compared before each round, to ' +
  'about 0.1 ms.';

/** How long an event takes from one tab to the handler in another. */
export const indexedDbPublishClaim: Bench = {
  name: 'indexeddb-publish-claim',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/page.ts', { engine });
    const publisher = await browser.newPage();
    const consumer = await browser.newPage();
    await consumer.evaluate(() => window.bench.answerClock());
    for (const subject of SUBJECTS)
      await consumer.evaluate((given) => window.bench.startHandling(given), subject);
    const figures = await takeTurns(
      SUBJECTS.map((subject) => ({
        subject,
        measure: () => measureRound(publisher, consumer, subject),
      })),
    );
    const middle = (subject: LatencySubject) => roundsOf(figures, subject).map(medianOf);
    const tail = (subject: LatencySubject) => [quantileOf(roundsOf(figures, subject).flat(), 0.99)];
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
          title: `The same, p99 of ${ROUNDS * EVENTS_PER_ROUND}`,
          unit: 'ms',
          series: SUBJECTS.map((subject) => ({ subject, rounds: tail(subject) })),
        },
      ],
      ratios: [
        {
          what: 'p50 of ackline ÷ by hand',
          rounds: ratioByRound(middle('ackline'), middle('by hand')),
          atMost: MIDDLE_GOAL,
        },
        { what: 'p99 of ackline', unit: 'ms', rounds: tail('ackline'), atMost: TAIL_GOAL_MS },
      ],
    };
  },
};

async function measureRound(
  publisher: Page,
  consumer: Page,
  subject: LatencySubject,
): Promise<number[]> {
  const aheadMs = await publisher.evaluate(() => window.bench.measureClockOffset());
  const terms = { subject, count: EVENTS_PER_ROUND };
  const published = await publisher.evaluate(
    (given) => window.bench.publishPaced(given.subject, given.count),
    terms,
  );
  const handled = await consumer.evaluate((given) => window.bench.takeHandled(given), subject);
  return latencies(published, handled, aheadMs);
}

function latencies(published: Moments, handled: Moments, aheadMs: number): number[] {
  check(handled.length === published.length, `${published.length} are handled`, handled.length);
  const handledAt = new Map(handled);
  return published.map(([sequence, publishedAt]) => {
    const at = handledAt.get(sequence);
    check(at !== undefined, 'each event is handled once', `event ${sequence} missing`);
    return at - aheadMs - publishedAt;
  });
}
