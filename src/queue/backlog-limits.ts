import { AcklineError } from '../core/errors.ts';
import type { ChannelStats } from '../core/message.ts';
import type { NewEvent } from './event-store.ts';

/** How many events of one append a channel gets, and how many may wait in it. */
export interface BacklogLimit {
  readonly channel: string;
  added: number;
  maxBacklog: number;
}

/** The limits of the events of one append, one for each channel. For plain events there are none. */
export function backlogLimitsOf(events: readonly NewEvent[]): readonly BacklogLimit[] {
  const limits: BacklogLimit[] = [];
  for (const { channel, maxBacklog } of events) {
    if (maxBacklog === undefined) continue;
    const limit = limits.find((one) => one.channel === channel);
    if (limit) {
      limit.added += 1;
      limit.maxBacklog = Math.min(limit.maxBacklog, maxBacklog);
    } else limits.push({ channel, maxBacklog, added: 1 });
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

/** Throws the error of an append to a store that counts at once. */
export function checkBacklogs(
  events: readonly NewEvent[],
  stats: (channel: string) => ChannelStats,
): void {
  for (const limit of backlogLimitsOf(events)) {
    const error = backlogError(limit, waitingIn(stats(limit.channel)));
    if (error) throw error;
  }
}
