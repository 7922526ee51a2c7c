import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Order } from '../../demo/shop/order.ts';
import { askedEngines } from '../setup/engine-names.mjs';
import { launchOnProfile } from '../setup/engines.ts';
import { makeProfile, removeProfile } from '../setup/profile.ts';
import type { Engine, Tab } from '../setup/tab.ts';
import { ServedShop } from './serve-shop.ts';

const PATIENTLY = { timeout: 120_000, interval: 100 };
const TABS = 3;
const ORDERS = 500;

interface ShopWindow {
  readonly shop: {
    place(count: number): Promise<void>;
    readonly outbox: { watch(): { getSnapshot(): { readonly state: string } } };
  };
}

declare const window: ShopWindow & { document: Document };

let shop: ServedShop;
let profile: string;
let browser: Engine | undefined;

beforeAll(async () => {
  shop = await ServedShop.build();
  await shop.goOnline();
}, 120_000);

afterAll(() => shop?.close());

beforeEach(() => {
  profile = makeProfile();
});

afterEach(async () => {
  await browser?.close();
  browser = undefined;
  removeProfile(profile);
});

async function openShop(from: Engine): Promise<Tab> {
  const tab = await from.openTab(shop.url);
  await tab.waitFor(() => window.shop !== undefined);
  return tab;
}

/** The worker has kept the page and controls the tabs. */
async function openWithWorker(from: Engine): Promise<Tab> {
  const tab = await openShop(from);
  await tab.waitFor(() => navigator.serviceWorker.controller !== null);
  return tab;
}

function shown(tab: Tab, testId: string): Promise<string> {
  return tab.evaluate(
    (id) => document.querySelector(`[data-testid=${id}]`)?.textContent ?? '',
    testId,
  );
}

/** The orders of each tab and customer, as the server processed them. */
function runsOf(orders: readonly Order[]): readonly (readonly number[])[] {
  const runs = new Map<string, number[]>();
  for (const { tab, customer, number } of orders) {
    const run = runs.get(`${tab} ${customer}`) ?? [];
    run.push(number);
    runs.set(`${tab} ${customer}`, run);
  }
  return [...runs.values()];
}

for (const name of askedEngines().filter((engine) => engine !== 'webkitgtk'))
  test(`shop, ${name}: ${ORDERS} orders of ${TABS} tabs without a network, all tabs closed, the browser killed, a server with every fault: each order arrives once, in order per customer`, async () => {
    const before = shop.server.report().orders.length;
    browser = await launchOnProfile(name, profile);
    const tabs = [await openWithWorker(browser)];
    while (tabs.length < TABS) tabs.push(await openShop(browser));
    await shop.goOffline();
    const place = (tab: Tab, count: number) =>
      tab.evaluate((many) => window.shop.place(many), count);
    await Promise.all(tabs.map((tab, at) => place(tab, at === 0 ? 168 : 166)));
    expect(shop.server.report().orders.length).toBe(before);
    for (const tab of tabs) await tab.close();
    await browser.kill();

    // The page comes from the worker's cache, because the server is still gone.
    browser = await launchOnProfile(name, profile);
    const tab = await openShop(browser);
    await expect.poll(() => shown(tab, 'waiting'), PATIENTLY).toBe(String(ORDERS));
    shop.server.setFault('mixed');
    await shop.goOnline();
    const others = [await openShop(browser), await openShop(browser)];
    const count = () => shop.server.report().orders.length - before;
    await expect.poll(count, PATIENTLY).toBeGreaterThan(ORDERS / 20);
    await browser.kill();

    browser = await launchOnProfile(name, profile);
    const last = await openShop(browser);
    await expect.poll(count, PATIENTLY).toBeGreaterThan(ORDERS / 10);
    shop.server.setFault('none');
    await expect.poll(() => shown(last, 'waiting'), PATIENTLY).toBe('0');
    await expect.poll(() => shown(last, 'processed'), PATIENTLY).toBe(String(before + ORDERS));

    const orders = shop.server.report().orders.slice(before);
    expect(new Set(orders.map(({ id }) => id)).size).toBe(ORDERS);
    expect(orders.length).toBe(ORDERS);
    for (const run of runsOf(orders)) expect(run).toEqual(run.toSorted((a, b) => a - b));
    expect(await shown(last, 'refused')).toBe('0');
    const { requests } = shop.server.report();
    console.log(
      `${name}: ${requests} requests for ${before + ORDERS} orders, ${others.length + 2} tabs`,
    );
  }, 300_000);
