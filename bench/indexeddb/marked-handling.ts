import type { Page } from 'playwright';
import { BenchBrowser } from '../bench-browser.ts';
import type { MarkedWay } from '../marks.ts';
import type { LatencySubject } from './page-bench.ts';
import { type Mark, markPlatform } from './page-marks.ts';

const SUBJECTS: readonly LatencySubject[] = ['by hand', 'ackline'];
const EVENTS = 100;

/** Marks from the call of `publish` in one tab to the handler in another, on the clock of the publisher. */
export async function markHandling(): Promise<readonly MarkedWay[]> {
  await using browser = await BenchBrowser.open('bench/indexeddb/page.ts');
  const publisher = await browser.newPage();
  const consumer = await browser.newPage();
  for (const page of [publisher, consumer]) await page.evaluate(markPlatform);
  await consumer.evaluate(() => window.bench.answerClock());
  for (const subject of SUBJECTS)
    await consumer.evaluate((given) => window.bench.startHandling(given), subject);
  const ways: MarkedWay[] = [];
  // The first run of each is a warm-up.
  for (const subject of [...SUBJECTS, ...SUBJECTS])
    ways.push({ title: subject, runs: await runsOf(publisher, consumer, subject) });
  return ways.slice(SUBJECTS.length);
}

async function runsOf(
  publisher: Page,
  consumer: Page,
  subject: LatencySubject,
): Promise<readonly (readonly Mark[])[]> {
  const aheadMs = await publisher.evaluate(() => window.bench.measureClockOffset());
  for (const page of [publisher, consumer]) await page.evaluate(() => void window.marks.splice(0));
  const terms = { subject, count: EVENTS };
  const published = await publisher.evaluate(
    (given) => window.bench.publishPaced(given.subject, given.count),
    terms,
  );
  const handled = await consumer.evaluate((given) => window.bench.takeHandled(given), subject);
  const handledAt = new Map(handled.map(([sequence, at]) => [sequence, at - aheadMs]));
  const marks = [
    ...(await takeMarks(publisher, 'publisher', 0)),
    ...(await takeMarks(consumer, 'consumer', aheadMs)),
  ];
  return published.map(([sequence, startedAt]) => {
    const endedAt = handledAt.get(sequence) ?? startedAt;
    const within = marks.filter(([at]) => at >= startedAt && at <= endedAt);
    const all = [...within, [endedAt, '= handled'] as const];
    return all.map(([at, what]) => [at - startedAt, what] as const);
  });
}

async function takeMarks(page: Page, who: string, aheadMs: number): Promise<readonly Mark[]> {
  const marks = await page.evaluate(() => window.marks);
  return marks.map(([at, what]) => [at - aheadMs, `${who}: ${what}`]);
}
