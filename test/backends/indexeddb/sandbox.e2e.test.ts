import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchBrowser, type RealBrowser } from '../../setup/real-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

// WebKitGTK is not driven by Playwright, whose frames this needs.
for (const engine of askedEngines().filter((name) => name !== 'webkitgtk'))
  describe(`storage that is forbidden, in a sandboxed frame of ${engine}`, () => {
    let browser: RealBrowser;
    let served: ServedContexts;

    beforeAll(async () => {
      browser = await launchBrowser(engine);
      served = await serveContexts();
    });

    afterAll(async () => {
      await browser?.close();
      await served?.close();
    });

    async function inSandbox(settings: object): Promise<unknown> {
      const page = await browser.tabs.newPage();
      const address = `${served.url}/plain?settings=${encodeURIComponent(JSON.stringify(settings))}`;
      await page.goto(`${served.url}/elsewhere`);
      await page.evaluate((src) => {
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.src = src;
        document.body.append(frame);
      }, address);
      const frame = await page.waitForSelector('iframe').then((element) => element.contentFrame());
      await frame?.waitForFunction(() => window.events !== undefined);
      return frame?.evaluate(async () => {
        const outcome = await window.events.publish('a', 1).then(
          () => 'published',
          (error: { code: string }) => error.code,
        );
        const { state, storage, reason } = window.backend.status();
        return { outcome, state, storage, reason: reason?.code };
      });
    }

    test('fallback throw: calls reject, and the status says why', async () => {
      expect(await inSandbox({})).toEqual({
        outcome: 'storage',
        state: 'failed',
        storage: 'indexeddb',
        reason: 'storage',
      });
    });

    test('fallback memory: events are kept in memory, and the status says so', async () => {
      expect(await inSandbox({ fallback: 'memory' })).toEqual({
        outcome: 'published',
        state: 'open',
        storage: 'memory',
        reason: 'storage',
      });
    });
  });
