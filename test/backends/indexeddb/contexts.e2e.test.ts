import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, type RealBrowser } from '../../setup/real-browser.ts';
import type { ContextMessage } from './contexts/consumer.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

const WORKERS = [
  'DedicatedWorkerGlobalScope',
  'SharedWorkerGlobalScope',
  'ServiceWorkerGlobalScope',
] as const;

type Handled = Extract<ContextMessage, { readonly type: 'handled' }>;

let browser: RealBrowser;
let served: ServedContexts;
let tabs: BrowserContext;
/** Publishes, starts the workers and hears what everybody tells; consumes nothing itself. */
let main: Page;

async function openTab(name: string): Promise<Page> {
  const page = await tabs.newPage();
  await page.goto(`${served.url}/?name=${name}`);
  await page.waitForFunction(() => window.events !== undefined);
  return page;
}

function heard(type: ContextMessage['type'], context: string): Promise<ContextMessage[]> {
  return main.evaluate(
    ([wanted, from]) => window.heard.filter((one) => one.type === wanted && one.context === from),
    [type, context] as const,
  );
}

async function handled(): Promise<Handled[]> {
  const all = await main.evaluate(() => window.heard.filter(({ type }) => type === 'handled'));
  return all as Handled[];
}

async function tell(type: 'listen' | 'stop', context: string, mode: 'ack' | 'hang' = 'ack') {
  const answer = type === 'listen' ? 'listening' : 'stopped';
  const before = (await heard(answer, context)).length;
  await main.evaluate((message) => window.tell(message), { type, context, mode });
  await expect.poll(async () => (await heard(answer, context)).length).toBeGreaterThan(before);
}

function publish(payloads: readonly number[]): Promise<string[]> {
  return main.evaluate(
    (all) => Promise.all(all.map((payload) => window.events.publish('work', payload))),
    payloads,
  );
}

async function isDrained(): Promise<boolean> {
  const { ready, leased, scheduled } = await main.evaluate(() => window.events.stats('work'));
  return ready + leased + scheduled === 0;
}

beforeAll(async () => {
  browser = await launchChromium();
  served = await serveContexts();
  tabs = browser.tabs;
  main = await openTab('main');
  await openTab('tab');
  await main.evaluate(() => window.startWorkers());
  await main.waitForFunction(
    (workers) => workers.every((worker) => window.heard.some(({ context }) => context === worker)),
    WORKERS,
  );
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

describe('contexts of one origin', () => {
  for (const context of ['tab', ...WORKERS])
    test(`a ${context} takes what a tab publishes, handles and acknowledges it`, async () => {
      const before = (await handled()).length;
      await tell('listen', context);
      const eventIds = await publish([1, 2, 3, 4, 5]);
      await expect.poll(isDrained).toBe(true);
      const mine = (await handled()).slice(before);
      expect(mine.map(({ eventId }) => eventId)).toEqual(eventIds);
      expect(mine.every((one) => one.context === context && one.attempts === 1)).toBe(true);
      await tell('stop', context);
    });

  test('all kinds compete, and each event is handled once', async () => {
    const before = (await handled()).length;
    const everybody = ['tab', ...WORKERS];
    for (const context of everybody) await tell('listen', context);
    const eventIds: string[] = [];
    for (let round = 0; round < 50; round += 1) {
      const payloads = Array.from({ length: 10 }, (_, index) => round * 10 + index);
      eventIds.push(...(await publish(payloads)));
    }
    await expect.poll(isDrained, { timeout: 20_000 }).toBe(true);
    for (const context of everybody) await tell('stop', context);
    const taken = (await handled()).slice(before);
    expect(taken.map(({ eventId }) => eventId).sort()).toEqual(eventIds.sort());
    expect(new Set(taken.map(({ context }) => context)).size).toBeGreaterThan(1);
  });

  test('values that Chromium keeps in files, over 64 KiB, are delivered whole', async () => {
    const isWhole = await main.evaluate(async () => {
      const { events } = window;
      const seen: boolean[] = [];
      for (let round = 0; round < 20; round += 1) {
        // Random, since Chromium compresses what it can.
        const sent = Array.from({ length: 4 }, () =>
          crypto.getRandomValues(new Uint8Array(65_536)),
        );
        await events.publish('large', sent);
        const delivery = await events.dequeue('large');
        seen.push(String(delivery?.payload) === String(sent));
        await delivery?.ack();
      }
      return seen;
    });
    expect(isWhole).toEqual(isWhole.map(() => true));
  });

  test('a tab that crashes in the middle of handling: its event is delivered again elsewhere', async () => {
    const doomed = await openTab('doomed');
    await tell('listen', 'doomed', 'hang');
    const [eventId] = await publish([7]);
    await expect.poll(() => heard('handled', 'doomed')).toHaveLength(1);
    const session = await tabs.newCDPSession(doomed);
    // The answer never comes: the page that would give it is gone.
    const crash = session.send('Page.crash').catch(() => undefined);
    await doomed.waitForEvent('crash');
    await tell('listen', 'tab');
    await expect.poll(isDrained, { timeout: 20_000 }).toBe(true);
    const deliveries = (await handled()).filter((one) => one.eventId === eventId);
    expect(deliveries.map(({ context, attempts }) => [context, attempts])).toEqual([
      ['doomed', 1],
      ['tab', 2],
    ]);
    await doomed.close();
    await crash;
  });
});
