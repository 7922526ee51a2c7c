import type { Page } from 'playwright';
import { Random } from '../../simulation/random.ts';
import { until } from '../../support/until.ts';
import { type OrderServer, serveOrders } from '../contexts/serve-orders.ts';
import { OutboxBrowser } from './outbox-browser.ts';
import {
  FAULTS,
  type OutboxCampaignOptions,
  type OutboxCampaignResult,
  type OutboxFault,
  SERVER_FAULTS,
} from './outbox-campaign-options.ts';

const TABS = 3;
/** Orders that a tab places at once: when it opens, and before each fault. */
const ORDERS = 10;
const FAULTS_OF_A_RUN = 6;
/** Requests between two faults. */
const MOST_REQUESTS = 30;
/** How long the campaign waits for these requests. While the server or the network is gone there are none. */
const PATIENCE_MS = 1_500;
/** Enough for a crashed page's lease and the longest back-off on a busy machine. */
const DRAIN_MS = 120_000;

/** Pages of a real browser send orders through outboxes over IndexedDB, while server, network, tabs and browser fail. */
export async function runOutboxCampaign(
  options: OutboxCampaignOptions,
): Promise<OutboxCampaignResult> {
  const server = await serveOrders();
  const browser = new OutboxBrowser(options.engine);
  const campaign = new OutboxCampaign(browser, server, new Random(options.seed));
  try {
    for (let run = 1; run <= options.runs; run += 1) {
      await campaign.run();
      options.onRun?.(run, campaign.result);
    }
    return campaign.result;
  } finally {
    await browser.close();
    await server[Symbol.asyncDispose]();
  }
}

interface OpenTab {
  readonly name: string;
  readonly page: Page;
}

class OutboxCampaign {
  readonly result: OutboxCampaignResult = {
    ...{ accepted: 0, unknown: 0, requests: 0, late: 0, repeated: 0, faults: {} },
    deletedByEngine: { orders: 0, times: 0 },
    ...{ lost: [], overlaps: [], unexpected: [] },
  };
  readonly #browser: OutboxBrowser;
  readonly #server: OrderServer;
  readonly #random: Random;
  #tabs: OpenTab[] = [];
  /** Tabs of all runs, so that each has a name of its own. */
  #opened = 0;
  /** The ids of the accepted orders of this run. */
  #accepted: string[] = [];
  /** Calls that place orders and have not ended. */
  #placing: Promise<void>[] = [];

  constructor(browser: OutboxBrowser, server: OrderServer, random: Random) {
    this.#browser = browser;
    this.#server = server;
    this.#random = random;
    browser.onReset = () => this.#noteReset();
  }

  async run(): Promise<void> {
    this.#accepted = [];
    this.#placing = [];
    await this.#openTabs();
    for (let fault = 0; fault < FAULTS_OF_A_RUN; fault += 1) {
      await this.#strike(this.#random.pick(FAULTS));
      await this.#untilRequests(this.#random.whole(1, MOST_REQUESTS));
    }
    this.#server.next = () => 'process';
    await Promise.all(this.#placing);
    await this.#drain();
    this.#judge();
    for (const { name, page } of this.#tabs.splice(0)) {
      this.#server.forget(name);
      await page.close();
    }
  }

  /** Opens tabs where some are missing. */
  async #openTabs(): Promise<void> {
    while (this.#tabs.length < TABS) {
      this.#opened += 1;
      const name = `tab-${this.#opened}`;
      const page = await this.#browser.open(`${this.#server.url}/?tab=${name}`);
      this.#tabs.push({ name, page });
      this.#place(page);
    }
  }

  #place(page: Page): void {
    const placed = page.evaluate((count) => window.placeOrders(count), ORDERS);
    const noted = placed.then(
      (ids) => {
        this.#accepted.push(...ids);
      },
      // The page has ended. Its orders may have been stored.
      () => {
        this.result.unknown += ORDERS;
      },
    );
    this.#placing.push(noted);
  }

  async #strike(fault: OutboxFault): Promise<void> {
    this.result.faults[fault] = (this.result.faults[fault] ?? 0) + 1;
    const server = this.#server;
    // The fault may come before these are stored.
    for (const { page } of this.#tabs) this.#place(page);
    switch (fault) {
      case 'server gone':
        await server.goOffline();
        await this.#untilRequests(1);
        return server.goOnline();
      case 'browser offline':
        await this.#browser.setOffline(true);
        await this.#untilRequests(1);
        return this.#browser.setOffline(false);
      case 'browser killed':
        for (const { name } of this.#tabs) server.forget(name);
        this.#tabs = [];
        await this.#browser.kill();
        return this.#openTabs();
      case 'tab reloaded':
        return this.#reload();
      case 'tab closed':
      case 'tab crashed':
        return this.#endTab(fault);
      default:
        server.next = () =>
          this.#random.pick<ReturnType<OrderServer['next']>>(SERVER_FAULTS[fault]);
    }
  }

  async #reload(): Promise<void> {
    const [tab] = this.#tabs;
    if (!tab) return;
    // Its requests are cut. Its next page has another name.
    this.#server.forget(tab.name);
    this.#opened += 1;
    const name = `tab-${this.#opened}`;
    await tab.page.goto(`${this.#server.url}/?tab=${name}`);
    await tab.page.waitForFunction(() => window.placeOrders !== undefined);
    this.#tabs = [...this.#tabs.slice(1), { name, page: tab.page }];
    this.#place(tab.page);
  }

  async #endTab(fault: 'tab closed' | 'tab crashed'): Promise<void> {
    const tab = this.#tabs.shift();
    if (!tab) return;
    this.#server.forget(tab.name);
    await (fault === 'tab crashed' ? this.#browser.crash(tab.page) : tab.page.close());
    await this.#openTabs();
  }

  async #untilRequests(count: number): Promise<void> {
    const goal = this.#server.requests.length + count;
    const hasGoal = () => this.#server.requests.length >= goal;
    await until(hasGoal, 'requests', PATIENCE_MS).catch(() => undefined);
  }

  async #drain(): Promise<void> {
    const page = this.#tabs[0]?.page as Page;
    await page.evaluate(() => window.outbox.flush());
    let isIdle = false;
    const idle = page
      .evaluate(() => window.outbox.whenIdle())
      .then(() => {
        isIdle = true;
      });
    await Promise.race([idle, until(() => isIdle, 'an empty outbox', DRAIN_MS)]);
  }

  /** No layout prevents that the engine deletes everything, so what has not arrived is not the loss of the library. */
  #noteReset(): void {
    const { deletedByEngine } = this.result;
    const isThere = (id: string) => this.#server.processed.has(id);
    const arrived = this.#accepted.filter(isThere);
    deletedByEngine.times += 1;
    deletedByEngine.orders += this.#accepted.length - arrived.length;
    this.result.accepted += this.#accepted.length - arrived.length;
    this.#accepted = arrived;
  }

  #judge(): void {
    const { result } = this;
    const { requests, processed, overlaps, received } = this.#server;
    result.accepted += this.#accepted.length;
    result.requests += requests.length;
    result.late = this.#server.late;
    for (const id of this.#accepted) if (!processed.has(id)) result.lost.push(id);
    for (const count of processed.values()) if (count > 1) result.repeated += 1;
    for (const { body } of received) if (!this.#isPlaced(body)) result.unexpected.push(body);
    for (const { key, tabs } of overlaps.splice(0))
      if (this.#browser.log.hasOverlap(key, tabs))
        result.overlaps.push(`${key}: ${tabs.join(', ')}`);
    this.#browser.log.clear();
    requests.length = 0;
    received.length = 0;
    processed.clear();
  }

  /** Whether a page may have placed the order that a request carries. */
  #isPlaced(body: string): boolean {
    const { tab, number } = JSON.parse(body) as { tab: string; number: number };
    const opened = Number(tab.slice('tab-'.length));
    return opened >= 1 && opened <= this.#opened && number < ORDERS;
  }
}
