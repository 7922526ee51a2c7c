// Covers src/outbox/create-outbox.ts, src/outbox/on-settled.ts, src/outbox/record-settled.ts, src/outbox/connectivity.ts
// An outbox in a SharedWorker, outcomes that survive a reload, and what an outbox does without a network.
import type { Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askedEngines } from '../setup/engine-names.mjs';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { type OrderServer, serveOrders } from './contexts/serve-orders.ts';

const PATIENTLY = { timeout: 30_000, interval: 10 };

// Playwright drives no WebKitGTK.
const engines = askedEngines().filter((name) => name !== 'webkitgtk');

describe.each(engines)('%s', (engine) => {
  let browser: RealBrowser;
  let server: OrderServer;

  beforeEach(async () => {
    server = await serveOrders();
    browser = await launchBrowser(engine);
  });

  afterEach(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function openTab(tab: string, search = '', prepare?: (page: Page) => Promise<void>) {
    const page = await browser.tabs.newPage();
    await prepare?.(page);
    await page.goto(`${server.url}/?tab=${tab}${search}`);
    await page.waitForFunction(() => window.placeOrders !== undefined);
    return page;
  }

  const place = (page: Page, count: number) =>
    page.evaluate((many) => window.placeOrders(many), count);

  test('a SharedWorker sends what pages store, and beside a page that sends none is sent twice at once', async () => {
    const page = await openTab('one', '&url=none');
    await page.evaluate(() => {
      const worker = new SharedWorker('/shared.js', { type: 'module' });
      // Without a reference the worker may end.
      Object.assign(window, { worker });
    });
    const ids = await place(page, 20);
    await expect.poll(() => server.processed.size, PATIENTLY).toBe(20);
    expect(server.requests.every(({ tab }) => tab === 'shared')).toBe(true);
    const sending = await openTab('two');
    const more = await Promise.all([place(page, 60), place(sending, 60)]);
    ids.push(...more.flat());
    await sending.evaluate(() => window.outbox.whenIdle());
    expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
    expect(server.overlaps).toEqual([]);
    expect(server.requests.length).toBe(140);
  });

  test('commit and rollback by the name of the channel: outcomes of a page that is gone reach the next one, once each', async () => {
    server.refuses = (payload) => payload.number % 2 === 1;
    const sending = await openTab('one', '&settle=record');
    const ids = await place(sending, 6);
    await sending.evaluate(() => window.outbox.whenIdle());
    await sending.reload();
    expect(await sending.evaluate(() => window.settled)).toEqual([]);
    await sending.close();
    const page = await openTab('two', '&settle=listen');
    const settled = () => page.evaluate(() => window.settled);
    await expect.poll(async () => (await settled()).length, PATIENTLY).toBe(6);
    const left = () =>
      page.evaluate(async () => {
        const { ready, leased, scheduled } = await window.orders.stats('orders.settled');
        return ready + leased + scheduled;
      });
    await expect.poll(left, PATIENTLY).toBe(0);
    await page.reload();
    await page.waitForFunction(() => window.placeOrders !== undefined);
    const later = await place(page, 1);
    await expect.poll(settled, PATIENTLY).toEqual([`commit ${later[0]}`]);
    expect(await page.evaluate(() => sessionStorage.getItem('settled'))).toBe(
      [
        ...ids.map((id, at) => `${at % 2 === 0 ? 'commit' : 'rollback'} ${id}`),
        `commit ${later[0]}`,
      ]
        .toSorted()
        .join(),
    );
  });

  test.each(['', '&counts=live'])(
    'an hour without a network: no request, no transaction, no attempt; then one request, and more with each success%s',
    async (search) => {
      const page = await openTab('one', search, async (opened) => {
        await opened.clock.install();
        await opened.addInitScript(countWork);
      });
      await browser.tabs.setOffline(true);
      const stateOf = () => page.evaluate(() => window.outbox.watch().getSnapshot().state);
      await expect.poll(stateOf, PATIENTLY).toBe('offline');
      const ids = await place(page, 30);
      // Hints, and reads that they cause, are over after a minute.
      for (let seconds = 0; seconds < 60; seconds += 1) await page.clock.runFor(1_000);
      const worked = await page.evaluate(() => window.worked);
      for (let minutes = 0; minutes < 60; minutes += 1) await page.clock.runFor(60_000);
      expect(await page.evaluate(() => window.worked)).toEqual(worked);
      const { state, waiting } = await page.evaluate(() => window.outbox.watch().getSnapshot());
      expect([state, waiting]).toEqual(['offline', search === '' ? null : 30]);
      expect(server.requests).toEqual([]);
      await browser.tabs.setOffline(false);
      await page.clock.resume();
      await page.evaluate(() => window.outbox.whenIdle());
      expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
      expect(server.requests.every(({ attempts }) => attempts === 1)).toBe(true);
      expect(server.requests.length).toBe(30);
      // With so many successes, one request more may run. So of n requests that have come, n / 2 + 1 at most.
      for (const [before, width] of server.widths.entries())
        expect(width).toBeLessThanOrEqual(Math.min(6, (before + 2) / 2));
    },
  );
});

/** Counts the transactions and requests of a page. */
function countWork(): void {
  const worked = { transactions: 0, requests: 0 };
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) {
    worked.transactions += 1;
    return transaction.apply(this, given);
  };
  const { fetch } = globalThis;
  globalThis.fetch = (...given) => {
    worked.requests += 1;
    return fetch(...given);
  };
  window.worked = worked;
}
