// Covers src/backends/indexeddb/database/connection.ts
import type { CDPSession, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, type RealBrowser } from '../../setup/real-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

let browser: RealBrowser;
let served: ServedContexts;
let page: Page;
let session: CDPSession;

beforeAll(async () => {
  browser = await launchBrowser('chromium');
});

afterAll(() => browser?.close());

beforeEach(async () => {
  served = await serveContexts();
  page = await browser.tabs.newPage();
  session = await browser.tabs.newCDPSession(page);
});

afterEach(async () => {
  await browser?.closeTabs();
  await served?.close();
});

async function openPlain(settings: object = {}): Promise<void> {
  await page.goto(`${served.url}/plain?settings=${encodeURIComponent(JSON.stringify(settings))}`);
  await page.waitForFunction(() => window.events !== undefined);
}

function clearSiteData(): Promise<unknown> {
  return session.send('Storage.clearDataForOrigin', {
    origin: served.url,
    storageTypes: 'all',
  });
}

describe('site data that is cleared', () => {
  test('between calls: the next call opens an empty database, and the reset is reported', async () => {
    await openPlain();
    await page.evaluate(() => window.events.publish('a', 'lost with the data'));
    await clearSiteData();
    // Before the page notices the loss, a publish may begin on the lost connection. That counts as during work.
    await page.waitForFunction(() => window.states.includes('reconnecting'));
    await page.evaluate(() => window.events.publish('a', 'after'));
    expect(await page.evaluate(() => window.states)).toEqual([
      'opening',
      'open',
      'reconnecting',
      'storage-reset',
      'open',
    ]);
    const found = await page.evaluate(async () => (await window.events.dequeue('a'))?.payload);
    expect(found).toBe('after');
  });

  test('during work: every call ends, failures are typed, and later calls work', async () => {
    await openPlain();
    const working = page.evaluate(async () => {
      const { events } = window;
      const codes: unknown[] = [];
      const isOver = () => window.states.includes('storage-reset');
      for (let cycle = 0, after = 0; after < 50; cycle += 1) {
        if (isOver()) after += 1;
        const calls = [
          events.publish('a', cycle),
          events.dequeue('a', { pollIntervalMs: 0 }).then((delivery) => delivery?.ack()),
        ];
        for (const result of await Promise.allSettled(calls))
          if (result.status === 'rejected') codes.push(result.reason.code ?? String(result.reason));
      }
      return codes;
    });
    await page.waitForFunction(() => window.states.includes('open'));
    await clearSiteData();
    const codes = await working;
    expect(codes.filter((code) => code !== 'storage')).toEqual([]);
    // A publish whose connection was lost in its transaction may have been stored. Only its caller can decide.
    expect(codes.length).toBeLessThanOrEqual(2);
    expect(await page.evaluate(() => window.backend.status().state)).toBe('open');
  });

  /** Opens a second page after the data was cleared under the first one. Each has claimed one event with a long lease. */
  async function openNewerPage(settings: object = {}): Promise<Page> {
    await openPlain(settings);
    await page.evaluate(() => window.events.publish('first', 1));
    await page.evaluate(() => window.events.dequeue('first'));
    await clearSiteData();
    await page.waitForFunction(() => window.states.includes('reconnecting'));
    const newer = await browser.tabs.newPage();
    await newer.goto(page.url());
    await newer.waitForFunction(() => window.events !== undefined);
    for (const [holder, channel] of [
      [page, 'older'],
      [newer, 'newer'],
    ] as const) {
      const attempts = await holder.evaluate(async (name) => {
        await window.events.publish(name, name);
        const delivery = await window.events.dequeue(name, { leaseMs: 60_000 });
        if (delivery) window.held = [delivery];
        return delivery?.attempts;
      }, channel);
      expect(attempts).toBe(1);
    }
    return newer;
  }

  /** Tries to claim the event that `holder` holds, then lets `holder` acknowledge it. */
  async function competeFor(holder: Page, channel: string, other: Page): Promise<unknown> {
    const taken = await other.evaluate(async (name) => {
      const delivery = await window.events.dequeue(name, { pollIntervalMs: 0 });
      return delivery?.attempts ?? null;
    }, channel);
    const answer = await holder.evaluate(() => window.held[0]?.ack());
    return { taken, answer };
  }

  test('a page that was opened later does not take over the leases of a page that was open before', async () => {
    const newer = await openNewerPage();
    expect(await competeFor(page, 'older', newer)).toEqual({ taken: null, answer: 'ok' });
  });

  test('a page that was open before does not take over the leases of a page that was opened later', async () => {
    const newer = await openNewerPage();
    expect(await competeFor(newer, 'newer', page)).toEqual({ taken: null, answer: 'ok' });
  });
});
