import { AcklineError } from '../core/errors.ts';
import type { ChannelStats } from '../core/message.ts';
import { DEFAULT_SETTINGS } from '../core/options.ts';
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

export function waitingIn({ ready, scheduled }: ChannelStats): number {
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

/** How many waiting events are to be dropped before the append. */
export function countToDrop(
  { added, maxBacklog, dropsOldest }: BacklogLimit,
  waiting: number,
): number {
  return dropsOldest && added <= maxBacklog ? Math.max(0, waiting + added - maxBacklog) : 0;
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
  for (const limit of backlogLimitsOf(events)) {
    const { channel } = limit;
    const stats = store.stats(channel);
    const surplus = countToDrop(limit, waitingIn(stats));
    if (surplus > 0 && surplus <= stats.ready)
      store.settle(dropsOf(store.claim(claimToDrop(channel, surplus))));
    const error = backlogError(limit, waitingIn(store.stats(channel)));
    if (error) throw error;
  }
}
