import type { Page } from 'playwright';
import type { Bench, Ratio, Series } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { roundsOf, takeTurns } from '../rounds.ts';
import { ratioByRound } from '../statistics.ts';
import { WAYS, type Way } from './lost-page-bench.ts';

const BACKLOGS = [0, 100_000];
const GOAL = 3;

/** The cost of acknowledgements under lost leases, beside those under held leases. */
export const indexedDbLost: Bench = {
  name: 'indexeddb-lost',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/lost-page.ts', {
      engine,
      isIsolated: true,
    });
    const series: Series[] = [];
    const ratios: Ratio[] = [];
    for (const waiting of BACKLOGS) {
      const page = await browser.newPage();
      const measured = await measureAt(page, waiting);
      series.push(...measured.series);
      ratios.push(...measured.ratios);
      await page.close();
    }
    return {
      summary:
        'Two contexts of one tab, payloads of about 300 random bytes, relaxed. One claims 100 events and acknowledges them: ' +
        'under leases that it holds, or after they have expired and the other has taken the events over. Meanwhile ' +
        'events of another channel wait for their second delivery.',
      browser: browser.version,
      tables: [{ title: '100 acknowledgements', unit: 'ms', series }],
      ratios,
    };
  },
};

async function measureAt(
  page: Page,
  waiting: number,
): Promise<{ readonly series: readonly Series[]; readonly ratios: readonly Ratio[] }> {
  await page.evaluate((events) => window.lost.open(events), waiting);
  const terms = WAYS.flatMap((way) => [false, true].map((areLost) => ({ way, areLost })));
  const figures = await takeTurns(
    terms.map(({ way, areLost }) => ({
      subject: nameOf(way, areLost, waiting),
      measure: () =>
        page.evaluate(([given, lost]) => window.lost.measure(given, lost), [way, areLost] as const),
    })),
  );
  await page.evaluate(() => window.lost.close());
  return {
    series: [...figures].map(([subject, rounds]) => ({ subject, rounds })),
    ratios: WAYS.map((way) => ({
      what: `lost ÷ held, ${way}, ${waiting.toLocaleString('en')} waiting`,
      rounds: ratioByRound(
        roundsOf(figures, nameOf(way, true, waiting)),
        roundsOf(figures, nameOf(way, false, waiting)),
      ),
      atMost: GOAL,
    })),
  };
}

function nameOf(way: Way, areLost: boolean, waiting: number): string {
  return `${areLost ? 'lost' : 'held'}, ${way}, ${waiting.toLocaleString('en')} waiting`;
}
