import type { Connection } from '../database/connection.ts';
import { type EventContent, eventOfDelayedRow, eventOfSegment } from '../schema/event-rows.ts';
import { positionKey } from '../schema/held-spans.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import type { Position } from '../schema/schema.ts';

/** How many rows with payloads one step of a search reads. */
export const PAYLOAD_ROWS = 32;

/**
 * Reads the events at these places, by {@link positionKey}. A place is left out if its row is gone, unusable, or of another
 * queue.
 */
export async function loadEvents(
  connection: Connection,
  queue: string | null,
  positions: readonly Position[],
): Promise<Map<string, EventContent>> {
  const found = new Map<string, EventContent>();
  if (positions.length === 0) return found;
  const { segments, late } = await connection.read(['segments', 'late'], (tx) => {
    const seqs = new Set(
      positions.filter(({ at }) => typeof at === 'number').map(({ seq }) => seq),
    );
    const ids = positions.map(({ at }) => at).filter((at) => typeof at === 'string');
    return {
      segments: [...seqs].map((seq) => tx.objectStore('segments').get(seq)),
      late: ids.map((id) => tx.objectStore('late').get(id)),
    };
  });
  const rows = new Map<number, SegmentRow>();
  for (const { result } of segments)
    if (isSound('segments', result) && isOf(queue, result)) rows.set(result.seq, result);
  for (const position of positions) {
    const row = rows.get(position.seq);
    if (typeof position.at === 'number' && row && position.at < row.ids.length)
      found.set(positionKey(position), eventOfSegment(row, position.at));
  }
  for (const { result } of late)
    if (isSound('late', result) && isOf(queue, result))
      found.set(result.id, eventOfDelayedRow(result));
  return found;
}

function isOf(queue: string | null, row: { readonly queue: string }): boolean {
  return queue === null || row.queue === queue;
}

/** The places in groups that lie in few payload rows each. */
export function* fewRowsAtATime(places: readonly Position[]): Generator<readonly Position[]> {
  let few: Position[] = [];
  let rows = new Set<number | string>();
  for (const place of places) {
    const row = typeof place.at === 'string' ? place.at : place.seq;
    if (rows.size === PAYLOAD_ROWS && !rows.has(row)) {
      yield few;
      few = [];
      rows = new Set();
    }
    rows.add(row);
    few.push(place);
  }
  if (few.length > 0) yield few;
}
