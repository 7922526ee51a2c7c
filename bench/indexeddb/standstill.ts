import { setTimeout as delay } from 'node:timers/promises';
import type { LifecycleTab } from '../../test/setup/lifecycle-browser.ts';

/** The time in which a tab did nothing, on the clock of the machine. */
export type Standstill = readonly [startedAt: number, endedAt: number];

/** What can stop a tab during its work, or nothing, for comparison. */
export interface Hold {
  readonly name: 'at work' | 'busy' | 'frozen';
  readonly ms: number;
  /** How many in one round: more of the shorter ones. */
  readonly count: number;
  apply(victim: LifecycleTab, ms: number): Promise<Standstill>;
  /** Called after the calls of the other tab were measured. */
  release(victim: LifecycleTab): Promise<void>;
}

const waitFor = async (ms: number): Promise<Standstill> => {
  const startedAt = Date.now();
  await delay(ms);
  return [startedAt, Date.now()];
};

export const HOLDS: readonly Hold[] = [
  {
    name: 'at work',
    ms: 1_200,
    count: 1,
    apply: (_, ms) => waitFor(ms),
    release: async () => undefined,
  },
  {
    name: 'busy',
    ms: 1_200,
    count: 1,
    apply: ({ page }, ms) => page.evaluate((given) => window.neighbour.keepBusy(given), ms),
    release: async () => undefined,
  },
  {
    name: 'frozen',
    ms: 300,
    count: 4,
    async apply(victim, ms) {
      await victim.freeze();
      return waitFor(ms);
    },
    release: (victim) => victim.resume(),
  },
];
