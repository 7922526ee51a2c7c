import {
  backlogLimitsOf,
  type CountedLimit,
  claimToDrop,
  dropsFor,
  dropsOf,
} from '../../queue/backlog-limits.ts';
import type { EventStore, NewEvent, SettleRequest } from '../../queue/event-store.ts';

/** The most bytes of events that one statement stores, unless one event is larger. */
export const MAX_APPEND_BYTES = 4_194_304;

/** An append with a limit is a statement of its own, because a statement is refused as a whole. */
export function weightOfAppend(events: readonly NewEvent[]): number {
  if (events.some(({ maxBacklog }) => maxBacklog !== undefined)) return MAX_APPEND_BYTES;
  return events.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Appends events. The older events that make them room are leased before, and become dead letters after it. If the process ends in
 * between, they are delivered when their leases expire.
 */
export async function makeRoom(
  store: Pick<EventStore, 'stats' | 'claim' | 'settle'>,
  events: readonly NewEvent[],
  append: () => Promise<void>,
): Promise<void> {
  const counted: CountedLimit[] = [];
  for (const limit of backlogLimitsOf(events))
    counted.push({ limit, stats: await store.stats(limit.channel) });
  const dropped: SettleRequest[] = [];
  for (const { channel, count } of dropsFor(counted))
    dropped.push(...dropsOf(await store.claim(claimToDrop(channel, count))));
  try {
    await append();
  } catch (error) {
    await store.settle(dropped.map((request) => ({ ...request, command: { verb: 'release' } })));
    throw error;
  }
  await store.settle(dropped);
}
