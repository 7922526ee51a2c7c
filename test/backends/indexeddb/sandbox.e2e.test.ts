// Covers src/backends/indexeddb/fallback-store.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import type { PublishOutcome } from './contexts/plain-page.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

for (const engineName of askedEngines())
  describe(`storage that is forbidden, in a sandboxed frame of ${engineName}`, () => {
    let engine: Engine;
    let served: ServedContexts;
    let tab: Tab;

    beforeAll(async () => {
      engine = await launchEngine(engineName);
      served = await serveContexts();
      tab = await engine.openTab(`${served.url}/plain`);
      await tab.waitFor(() => window.events !== undefined);
    });

    afterAll(async () => {
      await engine?.close();
      await served?.close();
    });

    function inSandbox(settings: object): Promise<PublishOutcome> {
      const address = `${served.url}/plain?settings=${encodeURIComponent(JSON.stringify(settings))}`;
      return tab.evaluate((src) => {
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.src = src;
        const outcome = new Promise<PublishOutcome>((resolve) => {
          addEventListener('message', ({ data }) => resolve(data), { once: true });
        });
        document.body.append(frame);
        return outcome;
      }, address);
    }

    test('fallback throw: calls reject, and the status has the reason', async () => {
      expect(await inSandbox({})).toEqual({
        outcome: 'storage',
        state: 'failed',
        storage: 'indexeddb',
        reason: 'storage',
      });
    });

    test('fallback memory: events are kept in memory, and the status reports it', async () => {
      expect(await inSandbox({ fallback: 'memory' })).toEqual({
        outcome: 'published',
        state: 'open',
        storage: 'memory',
        reason: 'storage',
      });
    });
  });
