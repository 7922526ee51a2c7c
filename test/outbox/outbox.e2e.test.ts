// Covers src/outbox/create-outbox.ts, src/outbox/http-sender.ts, src/outbox/connectivity.ts, src/outbox/handle-sync.ts
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WorkerControl } from '../backends/indexeddb/contexts/worker-control.ts';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { type OrderServer, serveOrders } from './contexts/serve-orders.ts';

const PATIENTLY = { timeout: 30_000, interval: 10 };

let browser: RealBrowser;
let server: OrderServer;

beforeAll(async () => {
  browser = await launchBrowser('chromium');
});

afterAll(() => browser?.close());

beforeEach(async () => {
  server = await serveOrders();
});

afterEach(async () => {
  await browser?.closeTabs();
  await server?.[Symbol.asyncDispose]();
});

async function openTab(tab: string, search = ''): Promise<Page> {
  const page = await browser.tabs.newPage();
  await page.goto(`${server.url}/?tab=${tab}${search}`);
  await page.waitForFunction(() => window.placeOrders !== undefined);
  return page;
}

const placeOrders = (page: Page, count: number) =>
  page.evaluate((many) => window.placeOrders(many), count);

const statusOf = (page: Page) => page.evaluate(() => window.outbox.watch().getSnapshot());

async function crash(page: Page): Promise<void> {
  const session = await browser.tabs.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  // The answer never comes, because the page is gone.
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
}

test('two tabs and a server with faults, one tab killed in the middle: no order is lost, and none is sent twice at once', async () => {
  const faults = [500, 503, 429, 'cut', 'lose'] as const;
  server.next = () =>
    Math.random() < 0.3 ? (faults[Math.floor(Math.random() * 5)] ?? 500) : 'process';
  const one = await openTab('one');
  const two = await openTab('two');
  const ids = (await Promise.all([placeOrders(one, 150), placeOrders(two, 150)])).flat();
  const byTab = () =>
    ['one', 'two'].map((tab) => server.requests.filter((request) => request.tab === tab).length);
  // The tabs do not begin at the same moment, and one that is slow would be killed before it has sent anything.
  await expect.poll(() => Math.min(...byTab()), PATIENTLY).toBeGreaterThan(10);
  await expect.poll(() => server.processed.size, PATIENTLY).toBeGreaterThan(80);
  server.forget('one');
  await crash(one);
  await two.evaluate(() => window.outbox.whenIdle());
  expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
  expect(server.overlaps).toEqual([]);
  const repeated = [...server.processed.values()].filter((count) => count > 1).length;
  console.log(
    `requests of the tabs: ${byTab().join(' and ')}; processed twice after a lost answer: ${repeated}`,
  );
});

test('offline: nothing is sent and no attempt is used up; then one request, and the others', async () => {
  const page = await openTab('one');
  await browser.tabs.setOffline(true);
  await expect.poll(() => statusOf(page), PATIENTLY).toMatchObject({ state: 'offline' });
  const ids = await placeOrders(page, 20);
  expect(await statusOf(page)).toMatchObject({ state: 'offline' });
  expect(server.requests).toEqual([]);
  await browser.tabs.setOffline(false);
  await page.evaluate(() => window.outbox.whenIdle());
  expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
  expect(server.requests.every(({ attempts }) => attempts === 1)).toBe(true);
});

test('a sync in a service worker sends what a page has stored, and beside a page that sends none is sent twice at once', async () => {
  const page = await openTab('one', '&url=none');
  const worker = await WorkerControl.of(page, server.url);
  await page.evaluate(() => navigator.serviceWorker.register('/worker.js', { type: 'module' }));
  await expect.poll(() => worker.isActivated, PATIENTLY).toBe(true);
  const ids = await placeOrders(page, 20);
  await worker.sync('outbox-1');
  await expect.poll(() => server.processed.size, PATIENTLY).toBe(20);
  expect(server.requests.every(({ tab }) => tab === 'worker')).toBe(true);
  const sending = await openTab('two');
  ids.push(...(await placeOrders(sending, 60)));
  await worker.sync('outbox-2');
  await sending.evaluate(() => window.outbox.whenIdle());
  expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
  expect(server.overlaps).toEqual([]);
  expect(server.requests.length).toBe(80);
});

test('a periodic sync in a service worker sends what is left, and is promised only where the site may have it', async () => {
  const page = await openTab('one', '&url=none');
  const worker = await WorkerControl.of(page, server.url);
  await page.evaluate(() => navigator.serviceWorker.register('/worker.js', { type: 'module' }));
  await expect.poll(() => worker.isActivated, PATIENTLY).toBe(true);
  expect(await page.evaluate(() => window.askForPeriodicSync())).toEqual([false, []]);
  const session = await browser.tabs.newCDPSession(page);
  await session.send('Browser.setPermission', {
    permission: { name: 'periodic-background-sync' },
    setting: 'granted',
    origin: server.url,
  });
  expect(await page.evaluate(() => window.askForPeriodicSync())).toEqual([true, ['outbox']]);
  const ids = await placeOrders(page, 20);
  await worker.periodicSync('outbox');
  await expect.poll(() => server.processed.size, PATIENTLY).toBe(20);
  expect([...server.processed.keys()].toSorted()).toEqual(ids.toSorted());
  expect(server.requests.every(({ tab }) => tab === 'worker')).toBe(true);
});
