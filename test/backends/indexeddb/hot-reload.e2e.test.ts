// Covers src/backends/indexeddb/indexeddb-backend.ts
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { HotSite } from '../../setup/hot-site.ts';
import { launchBrowser, type RealBrowser } from '../../setup/real-browser.ts';
import {
  ACCEPTS_ITSELF,
  channelModule,
  documentedPattern,
  type HotPage,
  listeningModule,
  pageOver,
  wholeModule,
} from './contexts/hot-modules.ts';

const PATIENCE = { timeout: 20_000 };
const EDITS = 3;
const EVENTS_PER_VERSION = 2;

const pattern = documentedPattern();

interface Site {
  /** The file that is edited. */
  readonly name: string;
  readonly textOf: (version: number) => string;
  readonly others?: Readonly<Record<string, string>>;
}

const SITES: Readonly<Record<string, Site>> = {
  'a module with a channel, whose importer accepts it': {
    name: 'shop.js',
    textOf: (version) => wholeModule(pattern, version),
  },
  'a module with a channel, which accepts itself': {
    name: 'shop.js',
    textOf: (version) => wholeModule(pattern, version) + ACCEPTS_ITSELF,
  },
  'a module that listens over the channel of another one': {
    name: 'listens.js',
    textOf: (version) => listeningModule(pattern, version),
    others: { 'channel.js': channelModule(pattern) },
  },
};

async function openSite(browser: RealBrowser, { name, textOf, others }: Site) {
  const site = await HotSite.open({ ...pageOver(name), ...others, [name]: textOf(0) });
  onTestFinished(() => site.close());
  const page = await browser.tabs.newPage();
  onTestFinished(() => page.close());
  await page.goto(site.url);
  return { page, edit: (version: number) => site.edit(name, textOf(version)) };
}

function read<T extends keyof HotPage>(page: Page, key: T): Promise<HotPage[T]> {
  return page.evaluate((name) => window.hotPage[name], key) as Promise<HotPage[T]>;
}

/** A page that listens and was never edited holds one of each. */
const LOCKS = ['owner', 'scan', 'turn:', 'turn:order.placed', 'view'];

/** The kinds of all Web Locks of the origin, held or requested. */
async function lockKinds(page: Page): Promise<readonly string[]> {
  const names = await page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [...held, ...pending].map(({ name = '' }) => name);
  });
  return names.map(kindOf).sort();
}

/** Owner locks and view locks have random names. */
function kindOf(name: string): string {
  const kind = name.replace('ackline:shop:', '').replace(/^view:.*/, 'view');
  return LOCKS.includes(kind) ? kind : 'owner';
}

const engines = askedEngines().filter((engine) => engine !== 'webkitgtk');

describe.each(engines)('%s', (engine) => {
  let browser: RealBrowser;

  beforeAll(async () => {
    browser = await launchBrowser(engine);
  });

  afterAll(() => browser?.close());

  for (const [name, site] of Object.entries(SITES))
    test(`${name}: no event goes to code that was replaced, and none of its connections is left`, async () => {
      const { page, edit } = await openSite(browser, site);
      const expected: [payload: string, version: number][] = [];
      for (let version = 0; version <= EDITS; version += 1) {
        if (version > 0) edit(version);
        await expect.poll(() => read(page, 'versions'), PATIENCE).toHaveLength(version + 1);
        for (let event = 0; event < EVENTS_PER_VERSION; event += 1) {
          const payload = `${version}.${event}`;
          expected.push([payload, version]);
          await page.evaluate((given) => window.hotPage.publish(given), payload);
        }
        await expect.poll(() => read(page, 'handled'), PATIENCE).toEqual(expected);
      }
      expect(await read(page, 'versions')).toEqual([0, 1, 2, 3]);
      // Code that was replaced may still close its connection and release its locks.
      await expect.poll(() => read(page, 'openConnections'), PATIENCE).toBe(1);
      await expect.poll(() => lockKinds(page), PATIENCE).toEqual(LOCKS);
      await page.reload();
      await expect.poll(() => lockKinds(page), PATIENCE).toEqual(LOCKS);
    });
});
