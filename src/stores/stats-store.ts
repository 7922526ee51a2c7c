import type { Inspectable } from '../inspection/inspectable.ts';
import { type StatsSnapshot, type StatsStore, watchStats } from '../inspection/watch-stats.ts';
import { keptStore } from './kept-store.ts';

/** Before the first read, and on a server. */
export const NO_STATS: StatsSnapshot = Object.freeze({ stats: undefined, isEnded: false });

export function statsStore(target: Inspectable, channel: string): StatsStore {
  return keptStore(target, `stats ${channel}`, () => watchStats(target, channel as never));
}
