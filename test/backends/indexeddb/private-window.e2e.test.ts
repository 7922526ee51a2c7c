// Covers src/backends/indexeddb/fallback-store.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { launchEngine } from '../../setup/engines.ts';
import type { Engine, Tab } from '../../setup/tab.ts';
import { type ServedContexts, serveContexts } from './contexts/serve-contexts.ts';

for (const engineName of askedEngines())
  describe(`a private window of ${engineName}`, () => {
    let engine: Engine;
    let served: ServedContexts;

    beforeAll(async () => {
      engine = await launchEngine(engineName, { isPrivate: true });
      served = await serveContexts();
    });

    afterAll(async () => {
      await engine?.close();
      await served?.close();
    });

    async function openTab(settings: object): Promise<Tab> {
      const given = encodeURIComponent(JSON.stringify(settings));
      const tab = await engine.openTab(`${served.url}/plain?settings=${given}`);
      await tab.waitFor(() => window.events !== undefined);
      return tab;
    }

    for (const fallback of ['throw', 'memory'])
      test(`fallback ${fallback}: is not needed, its tabs share what is published`, async () => {
        const first = await openTab({ fallback });
        const second = await openTab({ fallback });
        expect(await first.evaluate(() => window.tryToPublish())).toEqual({
          outcome: 'published',
          state: 'open',
          storage: 'indexeddb',
        });
        const taken = await second.evaluate(async () => {
          const delivery = await window.events.dequeue('a', { pollIntervalMs: 0 });
          return [delivery?.payload, await delivery?.ack()];
        });
        expect(taken).toEqual([1, 'ok']);
        expect(await first.evaluate(() => window.events.stats('a'))).toMatchObject({
          ready: 0,
          leased: 0,
        });
      });
  });
