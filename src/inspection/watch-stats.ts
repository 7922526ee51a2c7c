import type { ChannelStats } from '../core/events/message.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';
import { type ChannelStore, channelStore } from './channel-store.ts';
import type { ChannelRead, WatchedSnapshot } from './channel-watch.ts';
import type { Inspectable, SchemaOf } from './inspectable.ts';

/** The counts of a channel, as far as they are known. */
export interface StatsSnapshot extends WatchedSnapshot {
  /** Undefined before the first read. They have no `estimate`. */
  readonly stats: ChannelStats | undefined;
}

/** A store of live counts. */
export type StatsStore = ChannelStore<StatsSnapshot>;

/**
 * Watches the counts of a channel, or of a group of it. While the store has a listener, it reads the counts after changes of any context, at most
 * twice a second, and less often where a read takes long. It reads nothing while nothing changes, and nothing without a
 * listener: the snapshot is then the last one. When the backend is shut down, `isEnded` becomes true. A read that fails is
 * tried again. Other contexts report changes by messages: without BroadcastChannel their claims and settlements are noticed at
 * the next change of this context.
 *
 * Fits `useSyncExternalStore` of React, and is a store of Svelte. Errors: `TypeError`; `unsupported` without the capability
 * `watchStats`.
 *
 * @example
 * const waiting = watchStats(events, 'order.placed');
 * const stop = waiting.subscribe(({ stats }) => showBadge(stats?.ready));
 */
export function watchStats<Target extends Inspectable>(
  target: Target,
  channel: ChannelOf<SchemaOf<Target>>,
  options: GroupOptions = {},
): StatsStore {
  return channelStore<StatsSnapshot>(
    target,
    { channel, group: options.group },
    {
      before: { stats: undefined, isEnded: false },
      capabilities: ['watchStats'],
      isSame: ({ stats: a }, { stats: b }) => isSameCount(a, b),
      readFrom: (_, queue) => (source, now) => readStats(source, queue, now),
    },
  );
}

async function readStats(
  source: InspectionSource,
  channel: string,
  now: () => number,
): Promise<ChannelRead<StatsSnapshot>> {
  const stats = await source.stats(channel);
  // Where no later event is found, an event that was counted as scheduled has come due since.
  const dueAt = stats.scheduled > 0 ? await source.nextDueAt(channel) : Number.POSITIVE_INFINITY;
  return { next: { stats, isEnded: false }, againAt: dueAt ?? now() };
}

function isSameCount(a: ChannelStats | undefined, b: ChannelStats | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.ready === b.ready &&
    a.leased === b.leased &&
    a.scheduled === b.scheduled &&
    a.dead === b.dead &&
    a.quarantined === b.quarantined
  );
}
