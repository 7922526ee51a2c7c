import { comparePlaces, type Place } from '../../../queue/browse-cursor.ts';
import { loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { positionKey } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import { BLOCKED_AT, dueUntil, heldAt, PARKED_AT, type WaitingRow } from '../schema/schema.ts';
import { type Browse, browsedEvent, eventsPerRead, type FoundEvent } from './browsed-event.ts';

/**
 * The events of the queue that wait in rows of their own, by due time: those that were due at the first page, or those that
 * were not. Rows that were written later are left out: their events were delivered meanwhile, and an earlier page may have
 * shown them.
 */
export async function* browseWaiting(browse: Browse): AsyncGenerator<FoundEvent> {
  const { request, from } = browse;
  const { channel: queue, state } = request;
  const isDue = state === 'ready';
  const border = [queue, dueUntil(from.since), []];
  const parkedBorder = [queue, heldAt(from.since), []];
  const parked = [queue, PARKED_AT];
  const [, dueAt, seq, at] = from.place;
  const isBegun = comparePlaces(from.place, [0, Number.NEGATIVE_INFINITY, 0, 0]) > 0;
  const last = [queue, dueAt, seq, at];
  const isParked = isBegun && dueAt >= PARKED_AT;
  if (!isParked)
    yield* isDue
      ? browseRange(browse, isBegun ? last : [queue], border)
      : browseRange(browse, isBegun ? last : border, parked);
  // Events that their key, or another event, holds back.
  yield* isDue
    ? browseRange(browse, isParked ? last : parked, parkedBorder)
    : browseRange(browse, isParked ? last : parkedBorder, [queue, BLOCKED_AT]);
}

async function* browseRange(
  browse: Browse,
  first: IDBValidKey,
  end: IDBValidKey,
): AsyncGenerator<FoundEvent> {
  const { request, connection } = browse;
  const count = eventsPerRead(request);
  let last = first;
  for (;;) {
    const range = IDBKeyRange.bound(last, end, true);
    const { result } = await connection.read(['returned'], (tx) =>
      tx.objectStore('returned').getAll(range, count),
    );
    const rows = result as WaitingRow[];
    yield* foundEvents(
      browse,
      rows.filter((row) => isSound('returned', row) && isOld(row, browse)),
    );
    const final = rows.at(-1);
    if (!final || rows.length < count) return;
    last = keyOfWaiting(final);
  }
}

async function* foundEvents(
  { connection, request, from }: Browse,
  rows: readonly WaitingRow[],
): AsyncGenerator<FoundEvent> {
  const contents = await loadEvents(connection, request.channel, rows);
  for (const row of rows) {
    const content = contents.get(positionKey(row));
    // Without a content the event has ended since its row was read.
    if (!content || content.createdAt > from.since) continue;
    const place: Place = [0, row.dueAt, row.seq, row.at];
    yield { place, event: browsedEvent(content, row, request) };
  }
}

function isOld({ seq, at, since = 0 }: WaitingRow, { from, request }: Browse): boolean {
  const isPublishedLater = typeof at === 'number' && seq > from.until;
  return !isPublishedLater && (request.state === 'ready' || since <= from.since);
}
