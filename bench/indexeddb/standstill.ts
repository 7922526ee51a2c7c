import { setTimeout as delay } from 'node:timers/promises';
import type { LifecycleTab } from '../../test/setup/lifecycle-browser.ts';

/** From when to when a tab did nothing, on the clock of the machine. */
export type Standstill = readonly [startedAt: number, endedAt: number];

/** What can come over a tab in the middle of its work; or nothing, to compare with. */
export interface Hold {
  readonly name: 'at work' | 'busy' | 'frozen';
  readonly ms: number;
  /** In one round: more of the shorter ones. */
  readonly count: number;
  apply(victim: LifecycleTab, ms: number): Promise<Standstill>;
  /** Only once it has been measured what the others did. */
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
