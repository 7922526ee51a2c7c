import type { Random } from '../../simulation/random.ts';
import type { CampaignEngine, CampaignFault } from '../campaign-result.ts';

/** How often each fault is chosen, in proportion to the others. */
export type FaultShares = Readonly<Record<CampaignFault, number>>;

/** A kill ends every context, and a deletion of the data waits until everything is consumed, so both are rarer than what hits one tab. */
const SHARES: FaultShares = {
  'tab-crash': 44,
  freeze: 30,
  reload: 4,
  navigate: 4,
  'worker-terminate': 18,
  'browser-kill': 40,
  'clear-data': 2,
  'low-quota': 1,
  'version-change': 0.8,
};

export function sharesFor(engine: CampaignEngine): FaultShares {
  // Firefox reads its quota only at its start, and under the driver it ends with the first content process that crashes.
  return engine === 'firefox'
    ? { ...SHARES, 'low-quota': 0, 'tab-crash': 0, 'worker-terminate': 30 }
    : SHARES;
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
