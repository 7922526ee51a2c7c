// npm run campaign:reload -- --engine firefox --reloads 200 --pattern forgotten
import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import { medianOf } from '../../bench/statistics.ts';
import {
  documentedPattern,
  FORGOTTEN,
  type HotPattern,
  pageOver,
  wholeModule,
} from '../backends/indexeddb/contexts/hot-modules.ts';
import { HotSite } from '../setup/hot-site.ts';
import { launchBrowser } from '../setup/real-browser.ts';
import { until } from '../support/until.ts';

const ENGINES = ['chromium', 'firefox'] as const;
const PUBLISHES = 50;
const FILE = 'shop.js';

/** What remains in a page whose module was replaced many times. */
interface Left {
  readonly connections: number;
  readonly locks: Readonly<Record<string, number>>;
  readonly publishMs: number;
  readonly handledMs: number;
  readonly staleEvents: number;
}

function options() {
  const { values } = parseArgs({
    options: {
      engine: { type: 'string', default: 'chromium' },
      reloads: { type: 'string', default: '200' },
      pattern: { type: 'string', default: 'documented,forgotten' },
    },
  });
  const engine = ENGINES.find((known) => known === values.engine);
  if (!engine)
    throw new TypeError(`--engine must be ${ENGINES.join(' or ')}, got ${values.engine}`);
  const reloads = Number(values.reloads);
  if (!Number.isSafeInteger(reloads) || reloads < 1)
    throw new TypeError(`--reloads must be a whole number from 1, got ${values.reloads}`);
  return { engine, reloads, names: values.pattern.split(',') };
}

/** Held and requested locks by kind: the names of locks of contexts and channels are cut off. */
function countLocks(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    const counts: Record<string, number> = {};
    const count = (state: string, name = '') => {
      const [, , kind = '', rest] = name.split(':');
      const key = `${state} ${rest === undefined && kind !== 'scan' ? 'owner' : kind}`;
      counts[key] = (counts[key] ?? 0) + 1;
    };
    for (const { name } of held) count('held', name);
    for (const { name } of pending) count('pending', name);
    return counts;
  });
}

/** Publishes one event after the other. Resolves with the time of each publish, and the time until each was handled. */
function timePublishes(page: Page, publishes: number): Promise<[number, number][]> {
  return page.evaluate(async (count) => {
    const times: [number, number][] = [];
    const { handled } = window.hotPage;
    for (let event = 0; event < count; event += 1) {
      const before = handled.length;
      const startedAt = performance.now();
      await window.hotPage.publish(event);
      const publishedMs = performance.now() - startedAt;
      while (handled.length === before) await new Promise((resolve) => setTimeout(resolve));
      times.push([publishedMs, performance.now() - startedAt]);
    }
    return times;
  }, publishes);
}

async function reload(page: Page, site: HotSite, pattern: HotPattern): Promise<void> {
  for (let version = 1; version <= reloads; version += 1) {
    site.edit(FILE, wholeModule(pattern, version));
    const isThere = () =>
      page.evaluate((newest) => window.hotPage.versions.at(-1) === newest, version);
    await until(isThere, `version ${version} has run`);
    // A publish makes the module open its connection and locks.
    await page.evaluate(() => window.hotPage.publish('used'));
  }
}

async function measure(pattern: HotPattern): Promise<Left> {
  const site = await HotSite.open({ ...pageOver(FILE), [FILE]: wholeModule(pattern, 0) });
  const browser = await launchBrowser(engine);
  try {
    const page = await browser.tabs.newPage();
    await page.goto(site.url);
    await until(
      () => page.evaluate(() => window.hotPage.versions.length === 1),
      'the page is there',
    );
    await reload(page, site, pattern);
    const times = await timePublishes(page, PUBLISHES);
    const { handled, openConnections } = await page.evaluate(() => ({ ...window.hotPage }));
    const newest = handled.slice(-PUBLISHES);
    return {
      connections: openConnections,
      locks: await countLocks(page),
      publishMs: medianOf(times.map(([published]) => published)),
      handledMs: medianOf(times.map(([, handledAfter]) => handledAfter)),
      staleEvents: newest.filter(([, version]) => version !== reloads).length,
    };
  } finally {
    await browser.close();
    await site.close();
  }
}

const PATTERNS: Readonly<Record<string, HotPattern>> = {
  documented: documentedPattern(),
  forgotten: FORGOTTEN,
};

const { engine, reloads, names } = options();
for (const name of names) {
  const pattern = PATTERNS[name];
  if (!pattern) throw new TypeError(`--pattern must be of ${Object.keys(PATTERNS)}, got ${name}`);
  console.log(`${engine}, ${reloads} reloads, ${name}: ${JSON.stringify(await measure(pattern))}`);
}
