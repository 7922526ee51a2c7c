// Covers src/backends/broadcast/fan-out.ts
import { expect, test } from 'vitest';
import { type IdleWires, SimulatedCampaign } from './simulated-campaign.ts';

/** `SEED` chooses other seeds, `SEEDS` and `STEPS` more of them. */
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
const SEEDS = Number(process.env['SEEDS'] ?? 40);
const STEPS = Number(process.env['STEPS'] ?? 60);
const SEED_RANGE = `seeds ${FIRST_SEED} to ${FIRST_SEED + SEEDS - 1}`;

async function runCampaigns(seeds: number, idleWires: IdleWires) {
  const sum = { published: 0, lacking: 0, reported: 0, reopened: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed += 1) {
    const campaign = new SimulatedCampaign({ seed, steps: STEPS, idleWires });
    await campaign.run();
    sum.published += campaign.witness.publishedCount;
    sum.reopened += campaign.reopenedCount;
    for (const account of campaign.witness.accounts()) {
      const { lacking, knowable, missedCount, twice, outOfOrder } = account;
      sum.lacking += lacking.length;
      sum.reported += missedCount;
      // A loss that no context is left to report cannot be reported.
      const isReported = knowable.length <= missedCount && missedCount <= lacking.length;
      expect({ seed, ...account, isReported }).toMatchObject({ isReported: true });
      expect({ seed, twice, outOfOrder }).toEqual({ seed, twice: [], outOfOrder: [] });
    }
  }
  console.log(sum);
  return sum;
}

test(`members that freeze and compute, among contexts that come, crash and go: what a member lacks is reported to it, and nothing else (${SEED_RANGE})`, {
  timeout: 600_000,
}, async () => {
  const { reported } = await runCampaigns(SEEDS, 'stay');
  // Otherwise nothing was tried.
  expect(reported).toBeGreaterThan(SEEDS);
});

test(`the same among processes that close idle wires: what a member lacks is reported to it once its publisher opens its wire again, and nothing else (a quarter of ${SEED_RANGE})`, {
  timeout: 600_000,
}, async () => {
  const { reported, reopened } = await runCampaigns(SEEDS / 4, 'close');
  // Otherwise nothing was tried.
  expect(reported).toBeGreaterThan(SEEDS / 4);
  expect(reopened).toBeGreaterThan(SEEDS / 4);
});
