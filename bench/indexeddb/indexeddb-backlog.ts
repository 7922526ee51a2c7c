import type { Bench } from '../bench.ts';
import { BenchBrowser } from '../bench-browser.ts';
import { EVENTS_PER_COMMIT, measureClaimGrowth } from './backlog-claims.ts';
import { DRAINED_EVENTS, measureDrain } from './backlog-drain.ts';
import { measureWornClaims } from './worn-claims.ts';

const SUMMARY =
  'One tab at a large backlog, with payloads of about 300 random bytes, relaxed. Drain: a backlog of ' +
  `${DRAINED_EVENTS.toLocaleString('en')} single publishes is claimed, handled and acknowledged with a concurrency of 100, ` +
  'one part of it in each round. The obvious layout drains a smaller backlog, because its rate does not depend on the ' +
  'size: with batches of a hundred it was the same at 10,000 rows and at 100,000. `obvious` claims and acknowledges one ' +
  'by one, `obvious, batched` a hundred in a transaction. Claims are measured one at a time, at backlogs that were ' +
  `committed ${EVENTS_PER_COMMIT} at a time, and each acknowledged event is published again. The first claim of a page is ` +
  'counted from the creation of the channel to the delivery, including the opening of the database. All backlogs are ' +
  'written in large transactions. The bench checks that their rows equal the rows of `publish`.';

/** What a backlog costs: to drain it, to claim from it, and the claims after it is gone. */
export const indexedDbBacklog: Bench = {
  name: 'indexeddb-backlog',
  engines: ['chromium', 'firefox'],
  async run(engine) {
    await using browser = await BenchBrowser.open('bench/indexeddb/backlog-page.ts', {
      engine,
      isIsolated: true,
    });
    const page = await browser.newPage();
    const drain = await measureDrain(page);
    const worn = await measureWornClaims(browser, page);
    const growth = await measureClaimGrowth(page);
    return {
      summary: SUMMARY,
      browser: browser.version,
      tables: [...drain.tables, ...growth.tables, ...worn.tables],
      ratios: [...drain.ratios, ...growth.ratios, ...worn.ratios],
      plots: growth.plots,
    };
  },
};
