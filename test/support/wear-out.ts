import type { Page } from 'playwright';
import type { Ended } from '../backends/indexeddb/contexts/growth-page.ts';
import type { PlaywrightName } from '../setup/playwright-engine.ts';
import type { RealBrowser } from '../setup/real-browser.ts';

/** The number of events that a tab claims from each channel before it crashes. */
const HELD = 30;
const GUARDS_MS = 61_000;

export interface Wear {
  readonly cycles: number;
  readonly inFlight: number;
  readonly tabs: number;
  readonly crashes: number;
}

/** A database in which all events have ended. */
export interface Worn {
  readonly ended: Ended;
  /** The tab that ended the last events. It is still open. */
  readonly last: Page;
  /** The number of rows of each store. */
  readonly rows: Readonly<Record<string, number>>;
}

/** The same database after so much idle time that guard rows may be deleted. */
export interface Rested {
  readonly rows: Readonly<Record<string, number>>;
  /** Whether scans found no event. */
  readonly isEmpty: boolean;
}

export async function openGrowthTab({ tabs }: RealBrowser, url: string): Promise<Page> {
  const page = await tabs.newPage();
  await page.goto(`${url}/growth`);
  await page.waitForFunction(() => window.growth !== undefined);
  return page;
}

/** Runs full cycles in several competing tabs, while other tabs claim events and crash. */
export async function wearOut(
  engine: PlaywrightName,
  browser: RealBrowser,
  url: string,
  { cycles, inFlight, tabs, crashes }: Wear,
): Promise<Worn> {
  const pages: Page[] = [];
  for (let index = 0; index < tabs; index += 1) pages.push(await openGrowthTab(browser, url));
  const share = Math.ceil(cycles / tabs);
  const working = Promise.all(
    pages.map((page) =>
      page.evaluate(([count, size]) => window.growth.cycle(count, size), [
        share,
        inFlight,
      ] as const),
    ),
  );
  const ofCrashed: Ended[] = [];
  for (let crash = 0; crash < crashes; crash += 1)
    ofCrashed.push(await holdAndCrash(engine, browser, url));
  await working;
  const [last, ...others] = pages as [Page, ...Page[]];
  const ended = [await last.evaluate(() => window.growth.drain()), ...ofCrashed];
  for (const page of others) {
    ended.push(await page.evaluate(() => window.growth.ended));
    await page.close();
  }
  return { ended: sumOf(ended), last, rows: await last.evaluate(() => window.growth.rows()) };
}

/** Lets minutes pass for a tab that scans now and then. Its clock jumps, after work in progress has ended. */
export async function rest(page: Page): Promise<Rested> {
  await page.waitForFunction(() => window.growth.isCalm);
  let isEmpty = true;
  for (let minute = 0; minute < 3; minute += 1)
    if (!(await page.evaluate((ms) => window.growth.scanLater(ms), GUARDS_MS))) isEmpty = false;
  return { isEmpty, rows: await page.evaluate(() => window.growth.rows()) };
}

/** Firefox has no remote command that crashes a tab, so the tab is closed. That also ends it without a goodbye. */
async function holdAndCrash(
  engine: PlaywrightName,
  browser: RealBrowser,
  url: string,
): Promise<Ended> {
  const page = await openGrowthTab(browser, url);
  const ended = await page.evaluate((count) => window.growth.hold(count), HELD);
  if (engine === 'chromium') {
    const session = await browser.tabs.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    // The page has crashed, so this call is never answered.
    void session.send('Page.crash').catch(() => undefined);
    await crashed;
  }
  await page.close();
  return ended;
}

function sumOf(all: readonly Ended[]): Ended {
  const sum = (of: keyof Ended) => all.reduce((total, ended) => total + ended[of], 0);
  return {
    acknowledged: sum('acknowledged'),
    rejected: sum('rejected'),
    redelivered: sum('redelivered'),
  };
}
