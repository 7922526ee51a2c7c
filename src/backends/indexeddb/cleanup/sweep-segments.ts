import type { Connection } from '../database/connection.ts';
import { CLAIM_STORES, claimTableOf, ofQueue, requestClaims } from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { unpackSpans } from '../schema/held-spans.ts';
import { keyRanges } from '../schema/key-ranges.ts';

/** Bounds of one sweep. The next sweep deletes the rest. With {@link MAX_WAITING} waiting events a sweep deletes nothing. */
const MAX_SWEPT = 1_000;
const MAX_WAITING = 10_000;

export interface Swept {
  /** The keys of the deleted segments. */
  readonly spent: readonly number[];
  /** No segment is left before this one. */
  readonly sweptSeq: number;
  /** Whether another sweep may delete more. */
  readonly isCut: boolean;
}

/**
 * Deletes spent segments whose events several contexts have settled, so that no context knew when the last was settled. A
 * segment is spent if it is before the cursor, no claim holds an event of the segment, and no waiting row refers to it. A
 * spent segment stays spent, so any context may sweep at any time. `sweptSeq` is the result of the last sweep: a read from
 * an earlier key would skip over deleted rows, slowly in Chromium. Segments that unusable rows may refer to stay.
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
    segments: tx.objectStore('segments').index('fresh').getAllKeys(after, MAX_SWEPT),
    waiting: tx.objectStore('returned').getAllKeys(ofQueue(queue), MAX_WAITING),
  }));
  const { newest, claims, openEpochs, unusable } = claimTableOf(queue, found, lowWater);
  const isUnclear = openEpochs.length > claims.length || unusable.length > 0;
  if (newest.sparedSeq > sparedSeq || isUnclear) return nothing;
  const waiting = found.waiting.result as [string, number, number, number | string][];
  if (waiting.length === MAX_WAITING) return nothing;
  const inUse = new Set(waiting.map(([, , seq]) => seq));
  for (const { seq } of claims.flatMap(unpackSpans)) inUse.add(seq);
  const segments = found.segments.result as number[];
  // The database may have been replaced since the snapshot, and then has another cursor.
  const spent = segments.filter((seq) => seq < newest.cursor.seq && !inUse.has(seq));
  const deletes = keyRanges(spent).map((run) => ['delete', 'segments', run] as const);
  if (spent.length > 0 && !(await connection.clear(stamp, deletes))) return nothing;
  const isSpent = new Set(spent);
  const kept = segments.find((seq) => !isSpent.has(seq));
  const isFull = segments.length === MAX_SWEPT;
  const end = isFull ? (segments.at(-1) ?? 0) + 1 : cursor.seq;
  return { spent, sweptSeq: kept ?? end, isCut: isFull && spent.length > 0 };
}
