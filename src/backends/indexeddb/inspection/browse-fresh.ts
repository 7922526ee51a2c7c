import { comparePlaces, type Place } from '../../../queue/browse-cursor.ts';
import { readCancelled } from '../scanning/cancelled-events.ts';
import { storedNewest } from '../scanning/claim-table.ts';
import { eventOfSegment } from '../schema/event-rows.ts';
import { positionKey } from '../schema/held-spans.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import type { EpochRow } from '../schema/schema.ts';
import { type Browse, browsedEvent, type FoundEvent } from './browsed-event.ts';

/** How many segments are read first. A backlog of many small segments needs more reads, each twice as large. */
const FIRST_SEGMENTS = 4;
const MOST_SEGMENTS = 64;
/** The estimated bytes of one read. */
const MOST_BYTES = 4 * 1_048_576;

/** The events of the queue that were never claimed, in commit order. */
export async function* browseFresh(browse: Browse): AsyncGenerator<FoundEvent> {
  const { request, connection, from } = browse;
  const { channel: queue } = request;
  const [section, , after] = from.place;
  const newest = await storedNewest(connection, queue);
  const { cursor, copiedSeq = Number.POSITIVE_INFINITY } = newest;
  const until = Math.min(from.until, copiedSeq - 1);
  const cancelled = await readCancelled(connection, newest, until);
  let next = Math.max(cursor.seq, section === 1 ? after : 0);
  let count = FIRST_SEGMENTS;
  while (next <= until) {
    const range = IDBKeyRange.bound([queue, next], [queue, until]);
    const page = count;
    const { result } = await connection.read(['segments'], (tx) =>
      tx.objectStore('segments').index('fresh').getAll(range, page),
    );
    const rows = result as Required<SegmentRow>[];
    for (const row of rows)
      if (isSound('segments', row)) yield* freshOf(row, newest, cancelled, browse);
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    next = last.seq + 1;
    const bytes = rows.reduce((sum, row) => sum + (Number(row.bytes) || 0), 1) / rows.length;
    count = Math.max(1, Math.min(page * 2, MOST_SEGMENTS, Math.floor(MOST_BYTES / bytes)));
  }
}

function* freshOf(
  row: Required<SegmentRow>,
  { cursor }: EpochRow,
  cancelled: ReadonlySet<string> | undefined,
  { request, from }: Browse,
): Generator<FoundEvent> {
  const first = row.seq === cursor.seq ? cursor.at : 0;
  for (let at = first; at < row.ids.length; at += 1) {
    const place: Place = [1, 0, row.seq, at];
    if (comparePlaces(place, from.place) <= 0 || cancelled?.has(positionKey({ seq: row.seq, at })))
      continue;
    yield { place, event: browsedEvent(eventOfSegment(row, at), { attempts: 0 }, request) };
  }
}
