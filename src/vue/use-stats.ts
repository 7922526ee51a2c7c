import { type MaybeRefOrGetter, type ShallowRef, toValue } from 'vue';
import type { ChannelOf } from '../core/options/schema.ts';
import type { Inspectable, SchemaOf } from '../inspection/inspectable.ts';
import type { StatsSnapshot } from '../inspection/watch-stats.ts';
import { NO_STATS, statsStore } from '../stores/stats-store.ts';
import { type Given, given } from './given.ts';
import { useStore } from './use-store.ts';

/**
 * The live counts of a channel, as `watchStats` of `ackline/inspection` reads them: at most twice a second, only after a change,
 * and once for all components that show the channel. `stats` is undefined before the first read, and on a server. Without `events`
 * (null or undefined) nothing is read. Errors: `TypeError`; `unsupported` over a backend without the capability `watchStats`.
 *
 * @example
 * const waiting = useStats(events, 'order.placed');
 * const label = computed(() => waiting.value.stats?.ready ?? '…');
 */
export function useStats<Target extends Inspectable>(
  events: Given<Target>,
  channel: MaybeRefOrGetter<ChannelOf<SchemaOf<Target>>>,
): Readonly<ShallowRef<StatsSnapshot>> {
  const storeOf = () => {
    const target = given(events);
    return target && statsStore(target, toValue(channel));
  };
  return useStore('useStats', storeOf, NO_STATS);
}
