// Covers src/core/options/retry-now-options.ts
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  countLeft,
  locksOfOthers,
  OutboxWorld,
  PATIENTLY,
  placeOrders,
  publishOrders,
  syncRequested,
} from './contexts/outbox-world.ts';

/** The files of docs/service-worker.md, unchanged, in a browser. */

const ARTICLES = ['bread', 'milk', 'tea'];
const NOTHING = { left: 0, leased: 0 };

let world: OutboxWorld;

beforeEach(async () => {
  world = await OutboxWorld.open();
});

afterEach(async () => {
  await world?.close();
});

describe('Background Sync, fired by the browser', () => {
  test('an order that is placed offline is stored, and sent when the network is back', async () => {
    const { site } = world;
    const shop = await world.openShop();
    await world.setOffline(true);
    await placeOrders(shop, ARTICLES);
    expect(world.articles).toEqual([]);
    const ledger = world.setOffline(false).then(() => world.openLedger());
    await expect.poll(() => world.articles.sort(), PATIENTLY).toEqual(ARTICLES);
    await expect.poll(async () => countLeft(await ledger), PATIENTLY).toEqual(NOTHING);
    expect(site.receipts.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('no page needs to be open then', async () => {
    const { browser, blank } = world;
    const shop = await world.openShop();
    await world.setOffline(true);
    await placeOrders(shop, ARTICLES);
    await syncRequested(shop);
    await shop.close();
    expect(world.articles).toEqual([]);
    await world.setOffline(false);
    await expect.poll(() => world.articles.sort(), PATIENTLY).toEqual(ARTICLES);
    expect(browser.tabs.pages()).toEqual([blank]);
  });

  test('a new tab requests a sync for orders of an earlier visit', async () => {
    const { ledger } = await world.fillOutbox(ARTICLES);
    await world.openPage();
    await expect.poll(() => world.articles.sort(), PATIENTLY).toEqual(ARTICLES);
    await expect.poll(() => countLeft(ledger), PATIENTLY).toEqual(NOTHING);
  });
});

describe('a server that answers 503 once', () => {
  test('an open page sends the order again, and what is placed later does not wait', async () => {
    const { site } = world;
    const shop = await world.openShop();
    let refusals = 1;
    site.answer = () => {
      refusals -= 1;
      return refusals >= 0 ? 503 : 200;
    };
    await placeOrders(shop, ['bread']);
    await expect.poll(() => site.receipts.length, PATIENTLY).toBeGreaterThan(0);
    await placeOrders(shop, ['milk']);
    const ledger = await world.openLedger();
    await expect.poll(() => countLeft(ledger), PATIENTLY).toEqual(NOTHING);
    expect([...new Set(world.articles)].sort()).toEqual(['bread', 'milk']);
    expect(site.receipts.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('a page that is opened after the sync has failed sends the remaining orders', async () => {
    const { ledger } = await world.fillOutbox(ARTICLES);
    world.site.answer = () => 503;
    expect(await world.sync()).toContain('3 orders are still to be sent');
    world.site.answer = () => 200;
    await world.openPage();
    await expect.poll(() => countLeft(ledger), PATIENTLY).toEqual(NOTHING);
    expect([...new Set(world.articles)].sort()).toEqual(ARTICLES.toSorted());
  });
});

describe('a sync', () => {
  test('server unreachable: the sync sends twice, fails, and leaves all orders for the next sync', async () => {
    const { ledger } = await world.fillOutbox(ARTICLES);
    world.site.answer = () => 503;
    expect(await world.sync()).toContain('3 orders are still to be sent');
    expect(world.attempts).toEqual(['bread 1', 'bread 1']);
    world.site.answer = () => 200;
    expect(await world.sync()).toBe('resolved');
    // The server's absence counts as no attempt of the order.
    expect(world.attempts).toEqual(['bread 1', 'bread 1', 'bread 1', 'milk 1', 'tea 1']);
    expect(await countLeft(ledger)).toEqual(NOTHING);
  });

  test('an order that fails by itself is postponed or refused, and the others are sent', async () => {
    const { ledger, eventIds } = await world.fillOutbox(ARTICLES);
    world.site.answer = ({ article }) => ({ bread: 500, milk: 400 })[article] ?? 200;
    expect(await world.sync()).toContain('1 orders are still to be sent');
    expect(world.articles).toEqual(expect.arrayContaining(ARTICLES));
    world.site.answer = () => 200;
    await world.syncUntilDone();
    expect(world.articles.at(-1)).toBe('bread');
    const dead = await ledger.evaluate(() => window.events.deadLetters('orders'));
    expect(dead.map(({ eventId, note }) => [eventId, note])).toEqual([
      [eventIds[1], 'the server refused it: 400'],
    ]);
  });

  test('leaves nothing behind in the worker, which may be stopped', async () => {
    const { ledger } = await world.fillOutbox(ARTICLES);
    expect(await world.sync()).toBe('resolved');
    expect(world.worker.isRunning).toBe(true);
    await expect.poll(() => locksOfOthers(ledger), PATIENTLY).toEqual([]);
  });

  test('with another tag is ignored', async () => {
    await world.fillOutbox(ARTICLES);
    await world.worker.sync('another');
    expect(await world.sync()).toBe('resolved');
    expect(world.site.ends).toHaveLength(1);
  });
});

describe('a worker that is killed', () => {
  test('repeatedly during sending: the attempt is counted, and orders are sent again at once, in order', async () => {
    const { ledger } = await world.fillOutbox(ARTICLES);
    const kills = [1, 2, 3];
    const delays: number[] = [];
    world.site.answer = ({ attempts }) => (attempts <= kills.length ? 'hold' : 200);
    for (const order of ARTICLES.flatMap((article) => kills.map((one) => `${article} ${one}`))) {
      const startedAt = performance.now();
      await world.syncUntilReceived(order);
      delays.push(Math.round(performance.now() - startedAt));
      await world.stopWorker();
    }
    await world.syncUntilDone();
    console.log(`killed, and sent again after so many ms: ${delays.slice(1).join(' ')}`);
    expect(world.attempts).toEqual(
      ARTICLES.flatMap((article) => [...kills, 4].map((one) => `${article} ${one}`)),
    );
    expect(await countLeft(ledger)).toEqual(NOTHING);
  });

  test('at each of its awaits: all orders arrive, attempts are counted, and no acknowledged order is sent again', async () => {
    const { site } = world;
    const { ledger } = await world.fillOutbox([]);
    const answers: string[] = [];
    for (;;) {
      site.forget();
      const eventIds = await publishOrders(ledger, ARTICLES);
      await world.worker.sync(`outbox ${JSON.stringify(answers)}`);
      await expect.poll(() => site.hangs.length + site.ends.length, PATIENTLY).toBeGreaterThan(0);
      const [answer] = site.hangs;
      if (answer === undefined) break;
      answers.push(answer);
      await world.stopWorker();
      const { left, leased } = await countLeft(ledger);
      const sentBefore = site.receipts.length;
      await world.syncUntilDone();
      const sentAfter = site.receipts.slice(sentBefore);
      const arrived = new Set(site.receipts.map(({ eventId }) => eventId));
      // What was claimed when the worker died has one attempt more.
      const expected = eventIds.slice(ARTICLES.length - left);
      expect(
        sentAfter.map(({ eventId, attempts }) => [eventId, attempts]),
        answer,
      ).toEqual(expected.map((eventId, index) => [eventId, index < leased ? 2 : 1]));
      expect([...arrived].sort(), answer).toEqual(eventIds.toSorted());
      expect(await countLeft(ledger), answer).toEqual(NOTHING);
    }
    console.log(`killed at ${answers.length} awaits: ${answers.join(', ')}`);
    expect(site.ends).toEqual(['resolved']);
    for (const kind of ['database opened', 'lock answered', 'about to send', 'server answered'])
      expect(answers).toContain(`${kind} 1`);
    expect(answers.length).toBeGreaterThan(20);
  });
});

describe('without Background Sync', () => {
  beforeEach(async () => {
    await world.browser.tabs.addInitScript(() => {
      Reflect.deleteProperty(ServiceWorkerRegistration.prototype, 'sync');
    });
  });

  test('the page sends orders itself, also those that failed before', async () => {
    const { site } = world;
    const shop = await world.openPage();
    await expect.poll(() => world.worker.isActivated, PATIENTLY).toBe(true);
    await world.setOffline(true);
    await placeOrders(shop, ARTICLES);
    expect(world.articles).toEqual([]);
    await world.setOffline(false);
    const arrived = () => [...new Set(world.articles)].sort();
    await expect.poll(arrived, PATIENTLY).toEqual(ARTICLES.toSorted());
    const ledger = await world.openLedger();
    await expect.poll(() => countLeft(ledger), PATIENTLY).toEqual(NOTHING);
    expect(site.ends).toEqual([]);
  });

  test('a worker that is activated sends the stored orders', async () => {
    const ledger = await world.openLedger();
    await publishOrders(ledger, ARTICLES);
    await ledger.evaluate(() => navigator.serviceWorker.register('/service-worker.js'));
    await expect.poll(() => world.articles.sort(), PATIENTLY).toEqual(ARTICLES);
    await expect.poll(() => countLeft(ledger), PATIENTLY).toEqual(NOTHING);
  });
});
