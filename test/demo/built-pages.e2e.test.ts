// Covers demo/vite/shared-head.ts
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAxe, faultsOf, NO_FAULTS } from '../setup/axe.ts';
import { launchBrowser, type RealBrowser } from '../setup/real-browser.ts';
import { scenes } from './screenshots/scenes.ts';
import { ServedShop } from './serve-shop.ts';

let site: ServedShop;
let browser: RealBrowser;

beforeAll(async () => {
  site = await ServedShop.build();
  await site.goOnline();
  browser = await launchBrowser('chromium');
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const WIDTHS = [360, 1_280, 3_840];

/** What the page reports from its start on, and its requests to other origins. */
function watch(page: Page) {
  const seen = { problems: [] as string[], foreign: [] as string[] };
  const { origin } = new URL(site.url);
  page.on('console', (message) => {
    if (message.type() === 'error') seen.problems.push(message.text());
  });
  page.on('pageerror', (error) => seen.problems.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      seen.foreign.push(request.url());
  });
  return seen;
}

test.for(scenes)(
  '$name, built: its policy forbids foreign sources, and it needs none; axe finds no violation, light and dark, and it fits each width',
  // Six runs of axe, for which a loaded machine takes its time.
  { timeout: 180_000 },
  async ({ path, prepare }) => {
    const page = await browser.tabs.newPage();
    const seen = watch(page);
    await page.goto(new URL(`../${path}`, site.url).href);
    await prepare(page);
    const policy = page.locator('meta[http-equiv="Content-Security-Policy"]');
    expect(await policy.getAttribute('content')).toContain("default-src 'self'");
    expect(seen).toEqual({ problems: [], foreign: [] });
    await addAxe(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      // Without the transitions of colours, which axe would meet half way.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const where = `${colorScheme}, ${width} px`;
        const faults = await faultsOf(page, colorScheme);
        expect({ where, faults }).toEqual({ where, faults: NO_FAULTS });
      }
    }
    await page.close();
  },
);
