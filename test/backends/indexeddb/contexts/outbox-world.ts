import type { Page } from 'playwright';
import { expect } from 'vitest';
import { launchBrowser, type RealBrowser } from '../../../setup/real-browser.ts';
import { OutboxSite } from './serve-outbox.ts';
import { WorkerControl } from './worker-control.ts';

declare global {
  interface Window {
    /** What the recipe's page exports. */
    page: { placeOrder(order: { article: string; count: number }): Promise<void> };
  }
}

export const PATIENTLY = { timeout: 20_000, interval: 5 };

/** The recipe of docs/service-worker.md at work: a browser, the site, and the hold that the browser has of its worker. */
export class OutboxWorld {
  readonly browser: RealBrowser;
  readonly site: OutboxSite;
  readonly worker: WorkerControl;
  /** Of another origin: it is open also while no page of the site is. */
  readonly blank: Page;

  private constructor(browser: RealBrowser, site: OutboxSite, worker: WorkerControl, blank: Page) {
    this.browser = browser;
    this.site = site;
    this.worker = worker;
    this.blank = blank;
  }

  static async open(): Promise<OutboxWorld> {
    const browser = await launchBrowser('chromium');
    const site = await OutboxSite.open();
    const [blank] = browser.tabs.pages();
    if (blank === undefined) throw new Error('the browser has no first page');
    return new OutboxWorld(browser, site, await WorkerControl.of(blank, site.url), blank);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.site.close();
  }

  /** The recipe's page, once its worker is active and the sync that it asks for at its start is over. */
  async openShop(): Promise<Page> {
    const page = await this.openPage();
    await expect.poll(() => this.site.ends, PATIENTLY).toEqual(['resolved']);
    this.site.forget();
    return page;
  }

  async openPage(): Promise<Page> {
    const page = await this.browser.tabs.newPage();
    await page.goto(this.site.url);
    await page.waitForFunction(() => window.page !== undefined);
    return page;
  }

  /** A page that publishes to the outbox and reads it, and requests no sync. */
  async openLedger(): Promise<Page> {
    const page = await this.browser.tabs.newPage();
    const settings = encodeURIComponent(JSON.stringify({ database: 'outbox' }));
    await page.goto(`${this.site.url}/plain?settings=${settings}`);
    await page.waitForFunction(() => window.events !== undefined);
    return page;
  }

  /** The worker is there and stopped, no page of the recipe is, and the outbox holds orders. */
  async fillOutbox(articles: readonly string[]): Promise<{ ledger: Page; eventIds: string[] }> {
    const shop = await this.openShop();
    await shop.close();
    await this.stopWorker();
    const ledger = await this.openLedger();
    return { ledger, eventIds: await publishOrders(ledger, articles) };
  }

  /**
   * Cuts the network, or restores it. The emulation of the browser makes contexts offline. It ends with the DevTools session
   * of a context, so a page that is being closed could still send. The site is therefore unreachable, too.
   */
  async setOffline(isOffline: boolean): Promise<void> {
    this.site.setReachable(!isOffline);
    await this.browser.tabs.setOffline(isOffline);
  }

  async stopWorker(): Promise<void> {
    await this.worker.stop();
    await expect.poll(() => this.worker.isRunning, PATIENTLY).toBe(false);
  }

  /** One sync, and how it ended. */
  async sync(): Promise<string | undefined> {
    const before = this.site.ends.length;
    await this.worker.sync('outbox');
    await expect.poll(() => this.site.ends.length, PATIENTLY).toBe(before + 1);
    return this.site.ends[before];
  }

  /** A worker's locks are free a moment after it is said to be stopped: where a sync came too early, once more. */
  async syncUntilDone(): Promise<void> {
    await expect.poll(() => this.sync(), PATIENTLY).toBe('resolved');
  }

  /** Resolves in the midst of a sync: the server has this order, and keeps the worker waiting. */
  async syncUntilReceived(order: string): Promise<void> {
    for (let ended = -1; !this.attempts.includes(order); ) {
      if (ended !== this.site.ends.length) await this.worker.sync('outbox');
      ended = this.site.ends.length;
      const isHeard = () => this.site.ends.length > ended || this.attempts.includes(order);
      await expect.poll(isHeard, PATIENTLY).toBe(true);
    }
  }

  /** What the server received, in order. */
  get articles(): string[] {
    return this.site.receipts.map(({ article }) => article);
  }

  /** The same, each with the number of its attempt. */
  get attempts(): string[] {
    return this.site.receipts.map(({ article, attempts }) => `${article} ${attempts}`);
  }
}

export async function placeOrders(page: Page, articles: readonly string[]): Promise<void> {
  for (const article of articles)
    await page.evaluate((one) => window.page.placeOrder({ article: one, count: 1 }), article);
}

/** Resolves when the browser has registered a sync. The recipe's page does not wait for that when it places an order. */
export async function syncRequested(page: Page): Promise<void> {
  const hasTags = () =>
    page.evaluate(async () => {
      const registration: unknown = await navigator.serviceWorker.ready;
      const { sync } = registration as { readonly sync: { getTags(): Promise<string[]> } };
      return (await sync.getTags()).length > 0;
    });
  await expect.poll(hasTags, PATIENTLY).toBe(true);
}

export function publishOrders(ledger: Page, articles: readonly string[]): Promise<string[]> {
  const drafts = articles.map((article) => ({ channel: 'orders', payload: { article, count: 1 } }));
  return ledger.evaluate((all) => window.events.publishMany(all), drafts);
}

export async function countLeft(ledger: Page): Promise<{ left: number; leased: number }> {
  const { ready, leased, scheduled } = await ledger.evaluate(() => window.events.stats('orders'));
  return { left: ready + leased + scheduled, leased };
}

/** The names of the Web Locks that other contexts than `page` have, or wait for. */
export async function locksOfOthers(page: Page): Promise<string[]> {
  const names = await page.evaluate(async () => {
    const mine = crypto.randomUUID();
    const { held = [], pending = [] } = await navigator.locks.request(mine, () =>
      navigator.locks.query(),
    );
    const self = held.find(({ name }) => name === mine)?.clientId;
    const others = [...held, ...pending].filter(({ clientId }) => clientId !== self);
    return others.map(({ name }) => String(name));
  });
  return names.filter((name) => name.startsWith('ackline:'));
}
