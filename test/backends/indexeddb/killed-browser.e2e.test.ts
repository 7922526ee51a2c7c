// Covers src/backends/indexeddb/database/transactions.ts
import { expect, test } from 'vitest';
import { runKillCampaign } from '../../campaigns/kill-campaign.ts';
import { askedEngines } from '../../setup/engine-names.mjs';

/** `npm run campaign:kill -- --engine firefox --rounds 30` makes more rounds. */
const ROUNDS = 3;

for (const engine of askedEngines())
  test(`a ${engine} that is killed loses no acknowledged publish, and redelivers nothing acknowledged`, async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'finds the browser to kill in /proc');
    const outcome = await runKillCampaign({ engine, rounds: ROUNDS });
    for (const wipe of outcome.wipes) console.log(`${engine} deleted all data: ${wipe}`);
    expect(outcome.published).toBeGreaterThan(100);
    expect(outcome.acknowledged).toBeGreaterThan(30);
    expect(outcome.lost).toEqual([]);
    expect(outcome.redelivered).toEqual([]);
    // Only Chromium may delete all data after a kill, see docs/engines.md.
    const isKnown = (wipe: string) => engine === 'chromium' && wipe.includes('corrupt');
    expect(outcome.wipes.filter((wipe) => !isKnown(wipe))).toEqual([]);
  });
