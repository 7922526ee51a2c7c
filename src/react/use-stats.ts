import type { ChannelOf } from '../core/options/schema.ts';
import type { Inspectable, SchemaOf } from '../inspection/inspectable.ts';
import type { StatsSnapshot } from '../inspection/watch-stats.ts';
import { NO_STATS, statsStore } from '../stores/stats-store.ts';
import { useStore } from './use-store.ts';

/**
 * The live counts of a channel, as `watchStats` of `ackline/inspection` reads them: at most twice a second, only after a change,
 * and once for all components that show the channel. `stats` is undefined before the first read, on a server, and during
 * hydration. Without `events` (null or undefined) nothing is read. Renders throw a `TypeError`, and `unsupported` over a backend
 * without the capability `watchStats`.
 *
 * @example
 * const { stats } = useStats(events, 'order.placed');
 * return createElement('output', null, stats?.ready ?? '…');
 */
export function useStats<Target extends Inspectable>(
  events: Target | null | undefined,
  channel: ChannelOf<SchemaOf<Target>>,
): StatsSnapshot {
  return useStore(events ? statsStore(events, channel) : undefined, NO_STATS);
}
