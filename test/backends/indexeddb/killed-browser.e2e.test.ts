// Covers src/backends/indexeddb/database/transactions.ts
import { expect, test } from 'vitest';
import { runKillCampaign } from '../../campaigns/kill-campaign.ts';
import { askedEngines } from '../../setup/engine-names.mjs';

/** For more: `npm run campaign:kill -- --engine firefox --rounds 30`. */
const ROUNDS = 3;

for (const engine of askedEngines())
  test(`a ${engine} that is killed loses no acknowledged publish, and redelivers nothing acknowledged`, async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'finds the browser to kill in /proc');
    const outcome = await runKillCampaign({ engine, rounds: ROUNDS });
    for (const wipe of outcome.wipes) console.log(`${engine} threw everything away: ${wipe}`);
    expect(outcome.published).toBeGreaterThan(100);
    expect(outcome.acknowledged).toBeGreaterThan(30);
    expect(outcome.lost).toEqual([]);
    expect(outcome.redelivered).toEqual([]);
    // Chromium may find its own storage broken by a kill (docs/engines.md); others may not.
    const isKnown = (wipe: string) => engine === 'chromium' && wipe.includes('corrupt');
    expect(outcome.wipes.filter((wipe) => !isKnown(wipe))).toEqual([]);
  });
