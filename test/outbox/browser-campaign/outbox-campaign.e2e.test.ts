// Covers src/outbox/create-outbox.ts, src/outbox/dispatcher.ts, src/outbox/http-sender.ts, src/outbox/send-gate.ts
import { expect, test } from 'vitest';
import { askedEngines } from '../../setup/engine-names.mjs';
import { isSound } from './outbox-campaign-options.ts';
import { runOutboxCampaign } from './run-outbox-campaign.ts';

/** For more: `npm run campaign:outbox -- --runs 200 --engine chromium`. */
const RUNS = 4;
const SEED = 20_261_129;

for (const engine of askedEngines())
  if (engine !== 'webkitgtk')
    test(`outboxes in ${engine}, while server, network, tabs and browser fail: no order is lost, and none is sent twice at once`, async () => {
      const result = await runOutboxCampaign({ engine, runs: RUNS, seed: SEED });
      console.log(`${engine}:`, result);
      expect(isSound(result)).toBe(true);
      expect(result.accepted).toBeGreaterThan(RUNS * 100);
    }, 300_000);
