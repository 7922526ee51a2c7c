import { requireCapability } from '../core/delivery/settler.ts';
import type { ChannelStats } from '../core/events/message.ts';
import { queueName } from '../core/options/queue-name.ts';
import type { AsyncEventBackend } from '../core/protocols/protocols.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import { type GroupOwner, groups } from './group-calls.ts';

/** The stats of all queues of a channel. */
export interface GroupStats {
  /** The queue of consumers without a group. */
  readonly plain: ChannelStats;
  /** In the order of their creation. */
  readonly groups: readonly { readonly group: string; readonly stats: ChannelStats }[];
  /** The queue with the most events that are ready, leased or scheduled. Storage grows by these. */
  readonly slowest: {
    /** Null for the plain queue. */
    readonly group: string | null;
    /** The number of these events. */
    readonly waiting: number;
  };
}

/**
 * Resolves with the stats of each queue of a channel, and with the slowest queue. The queues are read one after the other.
 * Errors: `unsupported` if the backend has no groups or no `stats`.
 *
 * @example
 * const { slowest } = await groupStats(events, 'order.placed');
 * if (slowest.waiting > 10_000) console.warn(`${slowest.group ?? 'the plain queue'} is behind`);
 */
export async function groupStats(owner: GroupOwner, channel: string): Promise<GroupStats> {
  const names = await groups(owner, channel);
  const backend = (backendOf(owner) ?? owner) as AsyncEventBackend;
  requireCapability(backend, 'stats');
  const statsOf = async (group?: string) =>
    (await backend.stats?.(queueName({ channel, group }))) as ChannelStats;
  const plain = await statsOf();
  const all: { readonly group: string; readonly stats: ChannelStats }[] = [];
  for (const group of names) all.push({ group, stats: await statsOf(group) });
  let slowest: GroupStats['slowest'] = { group: null, waiting: waitingOf(plain) };
  for (const { group, stats } of all)
    if (waitingOf(stats) > slowest.waiting) slowest = { group, waiting: waitingOf(stats) };
  return { plain, groups: all, slowest };
}

function waitingOf({ ready, leased, scheduled }: ChannelStats): number {
  return ready + leased + scheduled;
}
