import type { Random } from '../../simulation/random.ts';
import type { CampaignEngine, CampaignFault } from '../campaign-result.ts';

/** How often each fault is chosen, in proportion to the others. */
export type FaultShares = Readonly<Record<CampaignFault, number>>;

const SHARES: FaultShares = {
  'tab-crash': 32,
  freeze: 18,
  reload: 8,
  navigate: 8,
  'worker-terminate': 12,
  'browser-kill': 7,
  'clear-data': 0.6,
  'low-quota': 3,
  'version-change': 0.8,
};

export function sharesFor(engine: CampaignEngine): FaultShares {
  // Firefox reads its quota only at its start, and under the driver it ends with the first content process that crashes.
  return engine === 'firefox' ? { ...SHARES, 'low-quota': 0, 'tab-crash': 0 } : SHARES;
}

export function chooseFault(random: Random, shares: FaultShares): CampaignFault {
  const entries = Object.entries(shares) as [CampaignFault, number][];
  let left = random.next() * entries.reduce((sum, [, share]) => sum + share, 0);
  for (const [fault, share] of entries) {
    left -= share;
    if (left < 0) return fault;
  }
  return 'reload';
}
