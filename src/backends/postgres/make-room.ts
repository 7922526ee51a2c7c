import { codeOf } from '../../core/reports/errors.ts';
import {
  type BacklogLimit,
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

type Store = Pick<EventStore, 'stats' | 'claim' | 'settle'>;

/** How often an append counts anew because other contexts have published since it counted. */
const MOST_ROUNDS = 5;

/**
 * Appends events. The older events that make them room are leased before, and become dead letters after it. If the process ends in
 * between, they are delivered when their leases expire.
 */
export async function makeRoom(
  store: Store,
  events: readonly NewEvent[],
  append: () => Promise<void>,
): Promise<void> {
  const limits = backlogLimitsOf(events);
  const dropped: SettleRequest[] = [];
  try {
    for (let left = limits.some(({ dropsOldest }) => dropsOldest) ? MOST_ROUNDS : 1; ; left -= 1) {
      await leaseForRoom(store, limits, dropped);
      if (await isAppended(append, left > 1)) break;
    }
  } catch (error) {
    await store.settle(dropped.map((request) => ({ ...request, command: { verb: 'release' } })));
    throw error;
  }
  await store.settle(dropped);
}

/** False if there is no room any more and another round may make it. */
async function isAppended(append: () => Promise<void>, mayRepeat: boolean): Promise<boolean> {
  try {
    await append();
    return true;
  } catch (error) {
    if (mayRepeat && codeOf(error) === 'backlog-full') return false;
    throw error;
  }
}

/** Adds what is to be dropped to `dropped`. Leased events do not count as waiting. */
async function leaseForRoom(
  store: Store,
  limits: readonly BacklogLimit[],
  dropped: SettleRequest[],
): Promise<void> {
  const counted: CountedLimit[] = [];
  for (const limit of limits) counted.push({ limit, stats: await store.stats(limit.channel) });
  for (const { channel, count } of dropsFor(counted))
    for (let left = count; left > 0; ) {
      const leased = dropsOf(await store.claim(claimToDrop(channel, left)));
      dropped.push(...leased);
      left -= leased.length;
      if (leased.length === 0 || left <= 0) break;
      // The next event of a key can be leased when the earlier one has ended.
      await store.settle(dropped.splice(0));
    }
}
