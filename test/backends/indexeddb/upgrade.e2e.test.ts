// Covers src/backends/indexeddb/database/open-database.ts, src/backends/indexeddb/database/connection.ts
import type { Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type LifecycleBrowser,
  type LifecycleTab,
  launchLifecycleBrowser,
} from '../../setup/lifecycle-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

/** Two builds of the library, this one and one whose schema has a store more, in two tabs. */

/** Longer than an upgrade takes that nothing blocks, also on a loaded machine, and shorter than a test may take. */
const OPEN_TIMEOUT_MS = 20_000;
const EVENTS = 20;

let browser: LifecycleBrowser;
let served: ServedContexts;

beforeEach(async () => {
  browser = await launchLifecycleBrowser();
  served = await serveContexts();
});

afterEach(async () => {
  await browser?.close();
  await served?.close();
});

async function open(build: 'plain' | 'next'): Promise<LifecycleTab> {
  const settings = encodeURIComponent(JSON.stringify({ openTimeoutMs: OPEN_TIMEOUT_MS }));
  const tab = await browser.openTab(`${served.url}/${build}?settings=${settings}`);
  await tab.page.waitForFunction(() => window.events !== undefined);
  return tab;
}

function publish(page: Page, count: number): Promise<string[]> {
  return page.evaluate(
    (payloads) => window.events.publishMany(payloads.map((payload) => ({ channel: 'a', payload }))),
    Array.from({ length: count }, (_, index) => index),
  );
}

function drain(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const ids: string[] = [];
    for (;;) {
      const deliveries = await window.events.dequeueMany('a', 100, { pollIntervalMs: 0 });
      if (deliveries.length === 0) return ids;
      for (const delivery of deliveries) {
        ids.push(delivery.eventId);
        await delivery.ack();
      }
    }
  });
}

/**
 * Waits until the page has no transaction in progress. If a frozen page has not received the end of a transaction, its
 * connection stays open. An upgrade then waits until the page resumes, or fails with `open-timeout`. A page in the
 * back/forward cache is evicted instead (`IgnoreEventAndEvict`).
 */
async function expectQuiet({ page }: LifecycleTab): Promise<void> {
  const usage = () => page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  await expect.poll(usage).toBeGreaterThan(4_194_304);
  await page.evaluate(() => window.events.stats('a'));
}

/** Makes a call in the tab of the older build. Returns the code of its error, or null. */
function refusalOf(page: Page): Promise<string | null> {
  return page.evaluate(async () => {
    try {
      await window.events.publish('a', 'by the old one');
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

/** Opens the newer build, and expects all events that the older build published. */
async function expectUpgrade(published: readonly string[]): Promise<LifecycleTab> {
  const next = await open('next');
  // The call rejects with `open-timeout` after that time.
  const own = await publish(next.page, 1);
  expect(await drain(next.page)).toEqual([...published, ...own]);
  return next;
}

async function expectPoliteRefusal(old: LifecycleTab, next: LifecycleTab): Promise<void> {
  expect(await refusalOf(old.page)).toBe('newer-schema');
  // Its listeners try again and again.
  const state = () => old.page.evaluate(() => window.backend.status().state);
  await expect.poll(state).toBe('failed');
  const own = await publish(next.page, EVENTS);
  expect(await drain(next.page)).toEqual(own);
}

describe('the older build first', () => {
  test('live, with waiting consumers', async () => {
    const old = await open('plain');
    await old.page.evaluate(() => window.events.listen('b', () => undefined));
    const next = await expectUpgrade(await publish(old.page, EVENTS));
    await expectPoliteRefusal(old, next);
  });

  test('busy with its own work, and with a claim', async () => {
    const old = await open('plain');
    const published = await publish(old.page, EVENTS);
    await old.page.evaluate(() => {
      const work = () => {
        const end = performance.now() + 1_200;
        void window.events.stats('a').catch(() => undefined);
        while (performance.now() < end);
        setTimeout(work, 0);
      };
      setTimeout(work, 0);
    });
    await expectUpgrade(published);
  });

  test('frozen, while it held some of the events', async () => {
    const old = await open('plain');
    const published = await publish(old.page, EVENTS);
    const held = await old.page.evaluate(() => window.events.dequeueMany('a', 5));
    expect(held).toHaveLength(5);
    await expectQuiet(old);
    await old.freeze();
    const next = await expectUpgrade(published);
    await old.resume();
    await expectPoliteRefusal(old, next);
  });

  test('in the back/forward cache, while it held some of the events', async () => {
    const old = await open('plain');
    const published = await publish(old.page, EVENTS);
    await old.page.evaluate(async () => {
      await window.events.dequeueMany('a', 5);
      Reflect.set(window, 'isTheSame', true);
    });
    await expectQuiet(old);
    await old.leave(`${served.url}/elsewhere`);
    const next = await expectUpgrade(published);
    await old.back();
    expect(await old.page.evaluate(() => Reflect.get(window, 'isTheSame'))).toBe(true);
    await expectPoliteRefusal(old, next);
  });
});

test('the newer build first: the older one refuses with an error, and changes nothing', async () => {
  const next = await open('next');
  const published = await publish(next.page, EVENTS);
  const old = await open('plain');
  expect(await refusalOf(old.page)).toBe('newer-schema');
  expect(await drain(next.page)).toEqual(published);
  await expectPoliteRefusal(old, next);
});

test('both at once, publishing: all acknowledged events are stored', async () => {
  const old = await open('plain');
  const promised: string[] = [];
  const publishing = (async () => {
    for (;;) {
      const ids = await publish(old.page, 3).catch(() => null);
      if (ids === null) return;
      promised.push(...ids);
    }
  })();
  await expect.poll(() => promised.length).toBeGreaterThan(EVENTS);
  const next = await open('next');
  await publish(next.page, 1);
  await publishing;
  const found = new Set(await drain(next.page));
  expect(promised.filter((eventId) => !found.has(eventId))).toEqual([]);
});
