import type { AcknowledgedResult, KeptResult } from '../../../core/events/event-result.ts';
import type { BrowsedEvent } from '../../../core/protocols/browsed-page.ts';
import type { Place } from '../../../queue/browse-cursor.ts';
import type { BrowseRequest } from '../../../queue/inspection-source.ts';
import type { Connection } from '../database/connection.ts';
import type { ResultRow } from '../schema/result-row.ts';
import { isSound } from '../schema/row-checks.ts';
import { type Browse, eventsPerRead, type FoundEvent } from './browsed-event.ts';

/** What is kept of these events, in one transaction. Undefined where nothing is kept, or no longer. */
export async function readResults(
  connection: Connection,
  queue: string,
  eventIds: readonly string[],
  now: number,
): Promise<(KeptResult | undefined)[]> {
  const { rows } = await connection.read(['results'], (tx) => ({
    rows: eventIds.map((eventId) => tx.objectStore('results').get([queue, eventId])),
  }));
  return rows.map(({ result: row }) =>
    isSound('results', row) && isKept(row, now) ? (row as ResultRow).result : undefined,
  );
}

function isKept({ until }: ResultRow, now: number): boolean {
  return until === undefined || until > now;
}

/** The acknowledged events of a queue in the order of their acknowledgements, then of their ids. */
export async function* browseAcknowledged({
  connection,
  request,
  from,
}: Browse): AsyncGenerator<FoundEvent> {
  const count = eventsPerRead(request);
  const { channel } = request;
  const [section, , reachedAt, reachedId] = from.place;
  let after: IDBValidKey[] = section < 0 ? [channel] : [channel, reachedAt, reachedId];
  for (let isCut = true; isCut; ) {
    const range = IDBKeyRange.bound(after, [channel, from.since, []], true);
    const { rows } = await connection.read(['results'], (tx) => ({
      rows: tx.objectStore('results').index('acknowledged').getAll(range, count),
    }));
    for (const row of rows.result as ResultRow[]) {
      const { acknowledgedAt = 0, eventId } = row;
      after = [channel, acknowledgedAt, eventId];
      const event = browsedResult(row, request);
      if (event && isKept(row, from.since))
        yield { place: [0, 0, acknowledgedAt, eventId] satisfies Place, event };
    }
    isCut = rows.result.length === count;
  }
}

function browsedResult(
  row: ResultRow,
  { channel, payload: isAsked }: BrowseRequest,
): BrowsedEvent | undefined {
  if (!isSound('results', row) || !row.event) return undefined;
  const { eventId, event, result, until } = row;
  const { payload, metadata, createdAt, redriven, key } = event;
  const { reply, attempts, acknowledgedAt } = result as AcknowledgedResult;
  return {
    ...{ eventId, channel, state: 'acknowledged' },
    ...(isAsked && { payload }),
    ...(isAsked && reply !== undefined && { reply }),
    ...{ metadata, createdAt, attempts, lastError: null, acknowledgedAt, keptUntil: until },
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
  };
}
