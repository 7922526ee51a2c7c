import type { Connection } from './connection.ts';
import { keyRuns } from './key-runs.ts';
import { ofQueue } from './queue-view.ts';
import type { ClaimRow, EpochRow } from './schema.ts';

/** Bounds of one sweep: what it leaves is for the next. */
const MAX_SEGMENTS = 1_000;
const MAX_RETURNED = 10_000;

/**
 * Deletes the segments of which several contexts had a part each, so that none could tell who was last: those
 * before the cursor that nobody holds and nothing waits in. What is spent stays spent, so that anyone may do this
 * at any time; resolves with the deleted keys.
 */
export async function sweepSegments(
  connection: Connection,
  queue: string,
  cursorSeq: number,
): Promise<number[]> {
  const before = IDBKeyRange.bound([queue], [queue, cursorSeq], false, true);
  const found = await connection.read(['epochs', 'segments', 'claims', 'returned'], (tx) => ({
    newest: tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
    segments: tx.objectStore('segments').index('fresh').getAllKeys(before, MAX_SEGMENTS),
    claims: tx.objectStore('claims').getAll(ofQueue(queue)),
    returned: tx.objectStore('returned').getAllKeys(before, MAX_RETURNED),
  }));
  const newest = found.newest.result?.value as EpochRow | undefined;
  const returned = found.returned.result as [string, number, number | string][];
  const inUse = new Set(returned.map(([, seq]) => seq));
  for (const claim of found.claims.result as ClaimRow[])
    for (const { seq } of claim.held) inUse.add(seq);
  const known = returned.length < MAX_RETURNED ? (newest?.cursor.seq ?? 0) : lastOf(returned)[1];
  const spent = (found.segments.result as number[]).filter((seq) => seq < known && !inUse.has(seq));
  if (spent.length > 0)
    await connection.write(['segments'], (tx) => {
      for (const run of keyRuns(spent)) tx.objectStore('segments').delete(run);
    });
  return spent;
}

function lastOf<T>(items: readonly T[]): T {
  return items[items.length - 1] as T;
}
