// Covers src/backends/indexeddb/database/refused-values.ts
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchBrowser, type RealBrowser } from '../../setup/real-browser.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

// A test cannot choose a file in WebKitGTK.
for (const engine of askedEngines().filter((name) => name !== 'webkitgtk'))
  describe(`a file that changed since it was chosen, in ${engine}`, () => {
    let browser: RealBrowser;
    let served: ServedContexts;
    let folder: string;
    let tab: Page;

    beforeAll(async () => {
      browser = await launchBrowser(engine);
      served = await serveContexts();
      folder = await mkdtemp(join(tmpdir(), 'ackline-files-'));
    });

    afterAll(async () => {
      await browser?.close();
      await served?.close();
      await rm(folder, { recursive: true, force: true });
    });

    beforeEach(async () => {
      tab = await browser.tabs.newPage();
      const settings = encodeURIComponent(JSON.stringify({ database: crypto.randomUUID() }));
      await tab.goto(`${served.url}/plain?settings=${settings}`);
      await tab.waitForFunction(() => window.events !== undefined);
    });

    /** Afterwards the only input of the page has a file that cannot be read. */
    async function chooseAndChange(): Promise<void> {
      for (let isReadable = true; isReadable; ) {
        await chooseAndChangeOnce();
        // Chromium now and then notices the file only after the change, and can then read it.
        isReadable = await tab.evaluate(async () => {
          const [file] = document.querySelector('input')?.files ?? [];
          const content = await file?.arrayBuffer().catch(() => undefined);
          return content !== undefined;
        });
      }
    }

    async function chooseAndChangeOnce(): Promise<void> {
      const path = join(folder, 'chosen.txt');
      await writeFile(path, 'x'.repeat(100_000));
      await tab.evaluate(() => {
        document.body.innerHTML = '<input type="file">';
      });
      await tab.setInputFiles('input', path);
      await rm(path);
      // Chromium stores a deleted file as an empty one, so the file is replaced instead.
      if (engine !== 'chromium') return;
      await writeFile(path, 'y');
      // Browsers compare the time of the last change, which may be equal within one step of the clock.
      await utimes(path, 1, 1);
    }

    test('fails only its own publish, and the connection stays open', async () => {
      await chooseAndChange();
      const outcome = await tab.evaluate(async () => {
        const { events, states } = window;
        const [file] = document.querySelector('input')?.files ?? [];
        const publishes = [1, { file }, 2].map((payload) => events.publish('a', payload));
        const outcomes = await Promise.allSettled(publishes);
        const deliveries = await events.dequeueMany('a', 9, { pollIntervalMs: 0 });
        return {
          outcomes: outcomes.map((outcome) =>
            outcome.status === 'fulfilled' ? 'ok' : [outcome.reason.code, outcome.reason.path],
          ),
          payloads: deliveries.map(({ payload }) => payload),
          states,
        };
      });
      expect(outcome).toEqual({
        outcomes: ['ok', ['not-cloneable', 'payload.file'], 'ok'],
        payloads: [1, 2],
        states: ['opening', 'open'],
      });
    });

    test('fails only its own publish, although its transaction stores other events after it', async () => {
      await chooseAndChange();
      const outcome = await tab.evaluate(async () => {
        const { events } = window;
        const [file] = document.querySelector('input')?.files ?? [];
        const outcomes = await Promise.allSettled([
          events.publishMany([
            { channel: 'b', payload: { file } },
            { channel: 'a', payload: 'of the same batch' },
          ]),
          events.publish('c', 1),
          events.publish('d', { file }, null, { delayMs: 5 }),
          events.publish('e', 2),
        ]);
        const stats = await Promise.all([...'abcde'].map((channel) => events.stats(channel)));
        return {
          outcomes: outcomes.map(({ status }) => status),
          stored: stats.map(({ ready, scheduled }) => ready + scheduled),
        };
      });
      expect(outcome).toEqual({
        outcomes: ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
        stored: [0, 0, 1, 0, 1],
      });
    });
  });
