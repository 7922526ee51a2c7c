// Covers src/backends/broadcast/fan-out.ts
import { expect, test } from 'vitest';
import { SimulatedCampaign } from './simulated-campaign.ts';

/** Others by `SEED`, more by `SEEDS` and `STEPS`. */
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const SEEDS = Number(process.env['SEEDS'] ?? 40);
const STEPS = Number(process.env['STEPS'] ?? 60);

test(`members that freeze and compute, among contexts that come, crash and go: what a member lacks is reported to it, and nothing else (seeds ${FIRST_SEED} to ${FIRST_SEED + SEEDS - 1})`, {
  timeout: 600_000,
}, async () => {
  const sum = { published: 0, lacking: 0, reported: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const campaign = new SimulatedCampaign({ seed, steps: STEPS });
    await campaign.run();
    sum.published += campaign.witness.publishedCount;
    for (const account of campaign.witness.accounts()) {
      const { lacking, knowable, missedCount, twice, outOfOrder } = account;
      sum.lacking += lacking.length;
      sum.reported += missedCount;
      // What nobody was left to tell of cannot be reported.
      const isTold = knowable.length <= missedCount && missedCount <= lacking.length;
      expect({ seed, ...account, isTold }).toMatchObject({ isTold: true });
      expect({ seed, twice, outOfOrder }).toEqual({ seed, twice: [], outOfOrder: [] });
    }
  }
  console.log(sum);
  // Otherwise nothing was tried.
  expect(sum.reported).toBeGreaterThan(SEEDS);
});
