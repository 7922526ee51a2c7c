import type { HistoryRecord } from 'ackline/testing';

/**
 * The records as the checker reads them. An event that was published before the data was deleted at `clearedAt` may be gone. A
 * purge without an answer may have begun a deletion that waits for connections, and happens at any time later.
 */
export function excuseCleared(
  records: readonly HistoryRecord[],
  clearedAt: number,
): readonly HistoryRecord[] {
  return records.map((record) => {
    const { operation, outcome, invoked, eventId } = record;
    const mayBeGone = operation === 'publish' && outcome === 'ok' && invoked <= clearedAt;
    if (mayBeGone) return { ...record, outcome: 'unknown' };
    const mayFollow = operation === 'purge' && outcome === 'unknown' && eventId === undefined;
    return mayFollow ? { ...record, time: Number.POSITIVE_INFINITY } : record;
  });
}
