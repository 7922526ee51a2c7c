// Covers src/backends/indexeddb/cleanup/*.ts
import { expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchBrowser } from '../../setup/real-browser.ts';
import { rest, wearOut } from '../../support/wear-out.ts';
import { serveContexts } from './contexts/serve-contexts.ts';

const CYCLES = 20_000;
const WEAR = { cycles: CYCLES, inFlight: 100, tabs: 4, crashes: 3 };
/** The number of channels of the page. Each keeps its newest epoch row, because that has the cursor. */
const CHANNELS = 3;

// Playwright does not drive WebKitGTK, and this test needs pages of Playwright.
for (const engine of askedEngines().filter((name) => name !== 'webkitgtk'))
  test(`${engine}: ${CYCLES} cycles, with takeovers, crashes and partial settlements leave a few fixed rows`, {
    timeout: 240_000,
  }, async () => {
    const browser = await launchBrowser(engine);
    const served = await serveContexts();
    try {
      const { ended, last } = await wearOut(engine, browser, served.url, WEAR);
      expect(ended.acknowledged + ended.rejected).toBe(CYCLES);
      expect(ended.rejected).toBeGreaterThan(0);
      // These events were nacked, delayed, taken over at expiry, or taken over from crashed tabs.
      expect(ended.redelivered).toBeGreaterThan(CYCLES / 50);
      expect((await rest(last)).isEmpty).toBe(true);
      // A clean-up of several steps may not be over yet.
      const rows = () => last.evaluate(() => window.growth.rows());
      await expect.poll(rows).toEqual({
        meta: 1,
        segments: 0,
        late: 0,
        returned: 0,
        aside: 0,
        reserve: 1,
        published: 0,
        cancelled: 0,
        claims: 0,
        epochs: CHANNELS,
        endings: 0,
        results: 0,
        // Only the application removes these dead letters.
        dead: ended.rejected,
      });
    } finally {
      await browser.close();
      await served.close();
    }
  });
