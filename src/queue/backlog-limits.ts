import type { ChannelStats } from '../core/events/message.ts';
import { DEFAULT_SETTINGS } from '../core/options/options.ts';
import { AcklineError } from '../core/reports/errors.ts';
import type {
  Claim,
  ClaimRequest,
  NewEvent,
  SettleRequest,
  SyncEventStore,
} from './event-store.ts';

/** How many events of one append a channel gets, and how many may wait in it. */
export interface BacklogLimit {
  readonly channel: string;
  added: number;
  maxBacklog: number;
  /** Whether older events make room. One event of the append that refuses this is enough. */
  dropsOldest: boolean;
}

/** The limits of the events of one append, one for each channel. For plain events there are none. */
export function backlogLimitsOf(events: readonly NewEvent[]): readonly BacklogLimit[] {
  const limits: BacklogLimit[] = [];
  for (const { channel, maxBacklog, whenFull } of events) {
    if (maxBacklog === undefined) continue;
    const limit = limits.find((one) => one.channel === channel);
    if (limit) {
      limit.added += 1;
      limit.maxBacklog = Math.min(limit.maxBacklog, maxBacklog);
      limit.dropsOldest &&= whenFull === 'drop-oldest';
    } else limits.push({ channel, maxBacklog, added: 1, dropsOldest: whenFull === 'drop-oldest' });
  }
  return limits;
}

/** What waits in a channel. Only due events can be dropped. */
export type Waiting = Pick<ChannelStats, 'ready' | 'scheduled'>;

export function waitingIn({ ready, scheduled }: Waiting): number {
  return ready + scheduled;
}

/** The error of an append that would exceed the limit. Undefined if there is room. */
export function backlogError(
  { channel, added, maxBacklog }: BacklogLimit,
  waiting: number,
): AcklineError | undefined {
  if (waiting + added <= maxBacklog) return undefined;
  const message = `${channel} must have at most ${maxBacklog} waiting events (maxBacklog), has ${waiting}, and ${added} more were published; nothing was stored`;
  return new AcklineError('backlog-full', message, { channel, backlog: { waiting, maxBacklog } });
}

/** A limit, and what waits in its channel. */
export interface CountedLimit {
  readonly limit: BacklogLimit;
  readonly stats: Waiting;
}

/**
 * How many waiting events of each channel are to be dropped before the append. Throws `backlog-full` where too few are due in one
 * of them, so that an append that is refused drops nothing.
 */
export function dropsFor(counted: readonly CountedLimit[]): { channel: string; count: number }[] {
  const drops = counted.map(({ limit, stats }) => {
    const { channel, added, maxBacklog, dropsOldest } = limit;
    const waiting = waitingIn(stats);
    const count = Math.max(0, waiting + added - maxBacklog);
    const error = count > (dropsOldest ? stats.ready : 0) && backlogError(limit, waiting);
    if (error) throw error;
    return { channel, count };
  });
  return drops.filter(({ count }) => count > 0);
}

/** Leases the events to be dropped. */
export function claimToDrop(channel: string, limit: number): ClaimRequest {
  const { leaseMs, maxHoldMs } = DEFAULT_SETTINGS;
  const maxAttempts = Number.MAX_SAFE_INTEGER;
  return { channel, limit, leaseMs, maxHoldMs, maxAttempts, pollIntervalMs: 0 };
}

/** Makes dead letters of the claimed events. */
export function dropsOf({ messages, places = [] }: Claim): SettleRequest[] {
  const command = { verb: 'bury', reason: 'dropped' } as const;
  return messages.map(({ eventId, channel, lease = 0 }, index) => {
    return { eventId, channel, lease, place: places[index], command };
  });
}

/** Drops events where that makes enough room. Throws the error of an append to a store that works at once. */
export function checkBacklogs(
  events: readonly NewEvent[],
  store: Pick<SyncEventStore, 'claim' | 'settle' | 'stats'>,
): void {
  const limits = backlogLimitsOf(events);
  const counted = limits.map((limit) => ({ limit, stats: store.stats(limit.channel) }));
  if (dropsFor(counted).length > 0) for (const limit of limits) dropUntilRoom(limit, store);
}

/** An event that is dropped lets the next one of its key follow, so one claim may not be enough. A claim also drops what has expired. */
function dropUntilRoom(
  limit: BacklogLimit,
  store: Pick<SyncEventStore, 'claim' | 'settle' | 'stats'>,
): void {
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const stats = store.stats(limit.channel);
    const waiting = waitingIn(stats);
    const [drop] = dropsFor([{ limit, stats }]);
    if (!drop) return;
    if (waiting === before) throw backlogError(limit, waiting);
    before = waiting;
    store.settle(dropsOf(store.claim(claimToDrop(drop.channel, drop.count))));
  }
}
