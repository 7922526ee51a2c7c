import type { HistoryRecord } from '../../../src/testing/history/history-record.ts';
import type { EndOfContext } from './lifetimes.ts';

export interface RedeliveryTimes {
  readonly crash: readonly number[];
  readonly kill: readonly number[];
}

/** For each event that a context held when it ended: the milliseconds until the next delivery. */
export function redeliveryTimes(
  history: readonly HistoryRecord[],
  ends: ReadonlyMap<string, EndOfContext>,
): RedeliveryTimes {
  const times = { crash: [] as number[], kill: [] as number[] };
  for (const records of byEvent(history).values()) {
    const deliveries = records.filter(({ operation }) => operation === 'deliver');
    for (const held of deliveries) {
      const end = ends.get(held.context);
      if (!end || (end.cause !== 'crash' && end.cause !== 'kill') || isSettled(held, records))
        continue;
      // A lease that another context took over before the end has nothing to do with it.
      const [next] = deliveries.filter(({ lease = 0 }) => lease > (held.lease ?? 0));
      if (next && next.time >= end.commandAt) times[end.cause].push(next.time - end.commandAt);
    }
  }
  return times;
}

function isSettled({ context, lease }: HistoryRecord, records: readonly HistoryRecord[]): boolean {
  return records.some(
    (record) =>
      record.operation !== 'deliver' &&
      record.operation !== 'publish' &&
      // The answer never came, and the next delivery shows that the settlement had no effect.
      record.outcome !== 'unknown' &&
      record.context === context &&
      record.lease === lease,
  );
}

/** The records of each event, in the order of `time`. */
function byEvent(history: readonly HistoryRecord[]): Map<string, HistoryRecord[]> {
  const events = new Map<string, HistoryRecord[]>();
  for (const record of [...history].sort((left, right) => left.time - right.time)) {
    if (record.eventId === undefined) continue;
    const records = events.get(record.eventId) ?? [];
    events.set(record.eventId, records);
    records.push(record);
  }
  return events;
}
