import type { Connection } from './connection.ts';
import { eventOfLateRow, eventOfSegment, type StoredEvent } from './rows.ts';
import type { LateRow, Position, SegmentRow } from './schema.ts';
import { positionKey } from './spans.ts';

/** Brings events from where they lie, by {@link positionKey}. A place whose row is gone is left out. */
export async function loadEvents(
  connection: Connection,
  queue: string,
  positions: readonly Position[],
): Promise<Map<string, StoredEvent>> {
  const found = new Map<string, StoredEvent>();
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
  for (const { result } of segments as IDBRequest<Required<SegmentRow> | undefined>[])
    if (result) rows.set(result.seq, result);
  for (const position of positions) {
    const row = rows.get(position.seq);
    if (typeof position.at === 'number' && row)
      found.set(positionKey(position), eventOfSegment(row, position.at));
  }
  for (const { result } of late as IDBRequest<LateRow | undefined>[])
    if (result) found.set(result.id, eventOfLateRow(result, queue));
  return found;
}
