import { expect, test } from 'vitest';
import { recordProof } from '../../setup/record-proof.ts';
import { BLOCKED_MS } from '../campaign-result.ts';
import { ChaosCampaign } from './chaos-campaign.ts';
import type { FaultShares } from './chaos-plan.ts';
import { isSound, tableOf } from './chaos-table.ts';

/** For more: `npm run campaign -- --minutes 10 --engine chromium`. */
const SEED = 20_261_128;
const ENOUGH = { acknowledged: 20_000, crashes: 50, kills: 5 };
/** On a machine with nothing else to do it has enough after about a minute. */
const MOST_MINUTES = 8;

/** Mostly crashes, and kills so that both reach their goal at about the same time. */
const SHARES: FaultShares = {
  ...{ 'tab-crash': 60, freeze: 6, reload: 5, navigate: 5, 'worker-terminate': 8 },
  ...{ 'browser-kill': 6, 'clear-data': 0.5, 'low-quota': 1, 'version-change': 0.5 },
};

test('contexts of a Chromium that crash, freeze and are killed keep every promise of the library', {
  timeout: (MOST_MINUTES + 3) * 60_000,
}, async () => {
  const from = Date.now();
  const result = await ChaosCampaign.run({
    ...{ engine: 'chromium', durability: 'relaxed', seed: SEED, minutes: MOST_MINUTES },
    ...{ enough: ENOUGH, shares: SHARES },
  });
  console.log([tableOf(result), ...(result.evidence ?? [])].join('\n'));
  const { events, faults, blocked, interrupted, undrained } = result;
  recordProof({
    ...{ name: 'campaign in Chromium', from, acknowledged: events.acknowledged },
    ...{ crashes: faults['tab-crash'], kills: faults['browser-kill'] },
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
  });
  expect({ interrupted, undrained }).toEqual({ interrupted: undefined, undrained: 0 });
  expect(result.violations).toEqual([]);
  expect(isSound(result)).toBe(true);
  expect(events.acknowledged).toBeGreaterThanOrEqual(ENOUGH.acknowledged);
  expect(faults['tab-crash']).toBeGreaterThanOrEqual(ENOUGH.crashes);
  expect(faults['browser-kill']).toBeGreaterThanOrEqual(ENOUGH.kills);
  if (blocked.contexts > 0) console.log(`calls over ${BLOCKED_MS} ms:`, blocked.calls);
});
