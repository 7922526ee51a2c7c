import type { NewEvent } from '../../../queue/event-store.ts';
import type { Write } from '../database/transactions.ts';
import { cancelledRowOf } from '../schema/result-rows.ts';

/** The keys of which an event replaces the waiting ones, by queue. The queues are in the order of their names. */
export function replacedKeys(events: readonly NewEvent[]): Map<string, Set<string>> {
  const byQueue = new Map<string, Set<string>>();
  for (const { channel, key, replaces } of events)
    if (replaces && key !== undefined)
      byQueue.set(channel, (byQueue.get(channel) ?? new Set()).add(key));
  return new Map([...byQueue].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An event that is removed. */
export interface WithId {
  readonly eventId: string;
  readonly retentionMs?: number | undefined;
}

/** The results of removed events whose results are kept. */
export function resultsOf(channel: string, removed: readonly WithId[], now: number): Write[] {
  return removed.flatMap(({ eventId, retentionMs = 0 }): Write[] =>
    retentionMs > 0
      ? [['put', 'results', cancelledRowOf({ channel, eventId, retentionMs }, now)]]
      : [],
  );
}
