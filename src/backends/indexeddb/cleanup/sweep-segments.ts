import type { Connection } from '../database/connection.ts';
import { CLAIM_STORES, claimTableOf, ofQueue, requestClaims } from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { unpackSpans } from '../schema/held-spans.ts';
import { keyRanges } from '../schema/key-ranges.ts';

/** Bounds of one sweep: what it leaves is for the next. Where more than so many events wait, it leaves everything. */
const MAX_SEGMENTS = 1_000;
const MAX_RETURNED = 10_000;

export interface Swept {
  /** The deleted keys. */
  readonly spent: readonly number[];
  /** No segment is left before this one. */
  readonly sweptSeq: number;
  /** Whether there may be more to delete. */
  readonly isCut: boolean;
}

/**
 * Deletes the segments of which several contexts had a part each, so that none could tell who was last: those
 * before the cursor that nobody holds and nothing waits in. What is spent stays spent, so that anyone may do this
 * at any time. `sweptSeq` is what the last sweep came to: Chromium would pass over all that was ever deleted before it.
 * What rows that are not understood may stand for stays.
 */
export async function sweepSegments(
  connection: Connection,
  { queue, newest: { cursor, sparedSeq }, lowWater }: QueueSnapshot,
  sweptSeq: number,
): Promise<Swept> {
  const from = Math.max(sparedSeq + 1, sweptSeq);
  const nothing = { spent: [], sweptSeq, isCut: false };
  if (cursor.seq <= from) return nothing;
  const stamp = await connection.stamp();
  const after = IDBKeyRange.bound([queue, from], [queue, cursor.seq], false, true);
  const found = await connection.read([...CLAIM_STORES, 'segments', 'returned'], (tx) => ({
    ...requestClaims(tx, queue, lowWater),
    segments: tx.objectStore('segments').index('fresh').getAllKeys(after, MAX_SEGMENTS),
    returned: tx.objectStore('returned').getAllKeys(ofQueue(queue), MAX_RETURNED),
  }));
  const { newest, claims, openEpochs, unusable } = claimTableOf(queue, found, lowWater);
  const isUnclear = openEpochs.length > claims.length || unusable.length > 0;
  if (newest.sparedSeq > sparedSeq || isUnclear) return nothing;
  const returned = found.returned.result as [string, number, number, number | string][];
  if (returned.length === MAX_RETURNED) return nothing;
  const inUse = new Set(returned.map(([, , seq]) => seq));
  for (const { seq } of claims.flatMap(unpackSpans)) inUse.add(seq);
  const segments = found.segments.result as number[];
  // Of another database, perhaps: its cursor would be elsewhere.
  const spent = segments.filter((seq) => seq < newest.cursor.seq && !inUse.has(seq));
  const deletes = keyRanges(spent).map((run) => ['delete', 'segments', run] as const);
  if (spent.length > 0 && !(await connection.clear(stamp, deletes))) return nothing;
  const isSpent = new Set(spent);
  const kept = segments.find((seq) => !isSpent.has(seq));
  const isFull = segments.length === MAX_SEGMENTS;
  const end = isFull ? (segments.at(-1) ?? 0) + 1 : cursor.seq;
  return { spent, sweptSeq: kept ?? end, isCut: isFull && spent.length > 0 };
}
