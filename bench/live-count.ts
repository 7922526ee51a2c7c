import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { bundle } from '../test/setup/bundle.ts';
import { launchContext } from '../test/setup/playwright-engine.ts';
import { pageOf, servePages } from '../test/setup/serve-pages.ts';

/**
 * The share of one core, in processor time, that the main thread of a page needs for a live count, while another page publishes and handles events
 * behind a backlog: `node bench/live-count.ts`.
 */
const BACKLOG = 100_000;
const PER_SECOND = 1_000;
const SECONDS = 15;

const profile = mkdtempSync(join(tmpdir(), 'live-count-'));
const script = await bundle(new URL('./live-count-page.ts', import.meta.url));
const served = await servePages({
  '/': pageOf('/page.js'),
  '/page.js': { type: 'text/javascript', body: script },
});
const context = await launchContext('chromium', profile);
const open = async () => {
  const page = await context.newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => window.liveCount !== undefined);
  return page;
};

async function shareOf(page: Page): Promise<number> {
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taskSeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await taskSeconds();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  return ((await taskSeconds()) - before) / SECONDS;
}

const worker = await open();
await worker.evaluate((count) => window.liveCount.fill(count, 500), BACKLOG);
await worker.evaluate((perSecond) => window.liveCount.flow(perSecond), PER_SECOND);
const watcher = await open();
await watcher.evaluate(() => window.liveCount.show());
await watcher.waitForFunction(() => /^\d+ \d+$/.test(document.body.textContent ?? ''));
const share = await shareOf(watcher);
const shown = await watcher.evaluate(() => document.body.textContent);
console.log(
  `live count: ${(share * 100).toFixed(2)} % of one core; it shows ${shown} (ready, leased)`,
);
await context.close();
await served.close();
rmSync(profile, { recursive: true, force: true });
