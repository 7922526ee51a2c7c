// Covers src/backends/indexeddb/hints/idle-leader.ts
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, type RealBrowser } from '../../setup/real-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

const TABS = 8;
const EVENTS = 200;
const FEWER_EVENTS = 60;

declare global {
  interface Window {
    /** The number of claim transactions so far. */
    claimTransactions: number;
    /** Milliseconds from the call of publish to the handler, for each event that was handled in this tab. */
    delays: number[];
  }
}

let browser: RealBrowser;
let served: ServedContexts;
let tabs: BrowserContext;
let listening: Page[];
let publisher: Page;

beforeAll(async () => {
  browser = await launchBrowser('chromium');
  served = await serveContexts();
  tabs = browser.tabs;
  await tabs.addInitScript(() => {
    window.claimTransactions = 0;
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, stores, mode, options) {
      const names = typeof stores === 'string' ? [stores] : [...stores];
      const isClaim = mode === 'readwrite' && names.includes('epochs');
      if (isClaim) window.claimTransactions += 1;
      return begin.call(this, stores, mode, options);
    };
  });
  listening = await Promise.all(Array.from({ length: TABS }, (_, index) => openTab(`tab${index}`)));
  publisher = await openTab('publisher');
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

async function openTab(name: string): Promise<Page> {
  const page = await tabs.newPage();
  const settings = encodeURIComponent(JSON.stringify({ pollIntervalMs: 1_000 }));
  await page.goto(`${served.url}/?name=${name}&settings=${settings}`);
  await page.waitForFunction(() => window.events !== undefined);
  return page;
}

/** Makes all tabs listen. Each event is nacked this many times before it is handled. */
async function listen(channel: string, nacks: number): Promise<void> {
  for (const page of listening)
    await page.evaluate(
      ([name, handBacks]) => {
        window.delays = [];
        window.claimTransactions = 0;
        window.events.listen(name, async ({ payload, attempts, nack }) => {
          if (attempts <= handBacks) await nack();
          else window.delays.push(performance.timeOrigin + performance.now() - (payload as number));
        });
      },
      [channel, nacks] as const,
    );
}

async function sumOf(pages: readonly Page[], count: () => number): Promise<number> {
  const counts = await Promise.all(pages.map((page) => page.evaluate(count)));
  return counts.reduce((sum, one) => sum + one, 0);
}

/** Publishes one event after the other, each when the previous one is handled. Returns the claims for each event. */
async function claimsPerEvent(channel: string, count: number, delayMs: number): Promise<number> {
  for (let index = 0; index < count; index += 1) {
    await publisher.evaluate(
      ([name, ms]) => {
        const now = performance.timeOrigin + performance.now();
        return window.events.publish(name, now + ms, null, { delayMs: ms });
      },
      [channel, delayMs] as const,
    );
    await expect
      .poll(() => sumOf(listening, () => window.delays.length), { interval: 5, timeout: 10_000 })
      .toBe(index + 1);
  }
  const claims = (await sumOf(listening, () => window.claimTransactions)) / count;
  const delays = (await Promise.all(listening.map((page) => page.evaluate(() => window.delays))))
    .flat()
    .sort((left, right) => left - right);
  const at = (share: number) => delays[Math.floor(delays.length * share)]?.toFixed(1);
  console.log(
    `${channel}: claims per event ${claims}, due to handler p50 ${at(0.5)} p99 ${at(0.99)} max ${at(0.9999)} ms`,
  );
  return claims;
}

test(`for each event a crowd of ${TABS} idle tabs makes at most two claim transactions`, async () => {
  await listen('work', 0);
  const claims = await claimsPerEvent('work', EVENTS, 0);
  expect(claims).toBeGreaterThanOrEqual(1);
  expect(claims).toBeLessThanOrEqual(2);
});

test('for a delayed event too', async () => {
  await listen('delayed', 0);
  const claims = await claimsPerEvent('delayed', FEWER_EVENTS, 50);
  expect(claims).toBeGreaterThanOrEqual(1);
  expect(claims).toBeLessThanOrEqual(2);
});

test('for a nacked event too, for each of its deliveries', async () => {
  await listen('nacked', 2);
  const claims = await claimsPerEvent('nacked', FEWER_EVENTS, 0);
  expect(claims).toBeGreaterThanOrEqual(3);
  expect(claims).toBeLessThanOrEqual(2 * 3);
});
