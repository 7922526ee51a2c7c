// Covers src/platform/page-lifecycle.ts, src/backends/indexeddb/hints/hint-notifier.ts
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type LifecycleBrowser,
  type LifecycleTab,
  launchLifecycleBrowser,
} from '../../setup/lifecycle-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

/** Browser actions that make a consumer scan although no hint has arrived. */

const TEN_MINUTES = 600_000;
/** Hidden pages draw no frames, and Playwright polls on frames by default. */
const POLLING = { polling: 20 };

let browser: LifecycleBrowser;
let served: ServedContexts;
let databases = 0;

declare global {
  interface Window {
    received: unknown[];
  }
}

beforeAll(async () => {
  browser = await launchLifecycleBrowser();
  served = await serveContexts();
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** The address of a page that shares events only with its own test. */
function addressOf(database: string): string {
  return `${served.url}/plain?settings=${encodeURIComponent(JSON.stringify({ database }))}`;
}

async function openTab(database: string): Promise<LifecycleTab> {
  const tab = await browser.openTab(addressOf(database));
  onTestFinished(() => tab.page.close());
  await tab.page.waitForFunction(() => window.events !== undefined, undefined, POLLING);
  return tab;
}

function listen(page: Page, pollIntervalMs: number): Promise<void> {
  return page.evaluate((ms) => {
    window.received = [];
    const take = ({ payload }: { payload: unknown }) => void window.received.push(payload);
    window.events.listen('a', take, { pollIntervalMs: ms });
  }, pollIntervalMs);
}

/** A tab whose hints reach no other context. */
async function openPublisher(database: string): Promise<Page> {
  const page = await browser.tabs.newPage();
  onTestFinished(() => page.close());
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'BroadcastChannel');
  });
  await page.goto(addressOf(database));
  await page.waitForFunction(() => window.events !== undefined, undefined, POLLING);
  expect(await page.evaluate(() => typeof BroadcastChannel)).toBe('undefined');
  return page;
}

/** A consumer that waits after a scan that found nothing, and a tab that publishes without hints. */
async function openBoth(pollIntervalMs = TEN_MINUTES) {
  databases += 1;
  const database = `wake-ups-${databases}`;
  const publisher = await openPublisher(database);
  const consumer = await openTab(database);
  await consumer.page.bringToFront();
  await listen(consumer.page, pollIntervalMs);
  await expect.poll(() => leadLocksOf(consumer.page)).toEqual([`ackline:${database}:turn:a`]);
  return { consumer, publisher };
}

/** The held lead locks of the channel. A consumer requests the lock after a scan that found nothing. */
function leadLocksOf(page: Page): Promise<(string | undefined)[]> {
  return page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    return held.map(({ name }) => name).filter((name) => name?.endsWith(':turn:a'));
  });
}

async function publishUnheard(publisher: Page): Promise<void> {
  await publisher.evaluate(() => window.events.publish('a', 'unheard'));
  expect(await publisher.evaluate(() => window.events.stats('a'))).toMatchObject({ ready: 1 });
}

async function expectReceived({ page }: LifecycleTab): Promise<void> {
  await page.waitForFunction(() => window.received.length > 0, undefined, POLLING);
  expect(await page.evaluate(() => window.received)).toEqual(['unheard']);
}

async function setOffline(page: Page, offline: boolean): Promise<void> {
  const session = await browser.tabs.newCDPSession(page);
  const conditions = { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', conditions);
}

describe('a waiting consumer scans at once when', () => {
  test('the network is back', async () => {
    const { consumer, publisher } = await openBoth();
    await setOffline(consumer.page, true);
    await consumer.page.waitForFunction(() => !navigator.onLine, undefined, POLLING);
    await publishUnheard(publisher);
    await setOffline(consumer.page, false);
    await expectReceived(consumer);
  });

  test('its tab comes to the front', async () => {
    const { consumer, publisher } = await openBoth();
    await publisher.bringToFront();
    const isHidden = () => document.visibilityState === 'hidden';
    await consumer.page.waitForFunction(isHidden, undefined, POLLING);
    await publishUnheard(publisher);
    await consumer.page.bringToFront();
    await expectReceived(consumer);
  });

  test('it comes back from the back/forward cache', async () => {
    const { consumer, publisher } = await openBoth();
    await consumer.leave(`${served.url}/elsewhere`);
    await publishUnheard(publisher);
    await consumer.back();
    await expectReceived(consumer);
  });

  test('it is resumed', async () => {
    const { consumer, publisher } = await openBoth();
    await consumer.freeze();
    await publishUnheard(publisher);
    await consumer.resume();
    await expectReceived(consumer);
  });

  test('its poll interval is over', async () => {
    const { consumer, publisher } = await openBoth(1_000);
    await publisher.evaluate(() => window.events.publish('a', 'unheard'));
    await expectReceived(consumer);
  });

  test('it starts', async () => {
    databases += 1;
    const publisher = await openPublisher(`wake-ups-${databases}`);
    await publishUnheard(publisher);
    const consumer = await openTab(`wake-ups-${databases}`);
    await listen(consumer.page, TEN_MINUTES);
    await expectReceived(consumer);
  });
});
