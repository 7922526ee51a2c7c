import { CLOCK_TOLERANCE_MS } from '../../../core/runtime/clock-shift.ts';
import type { Connection } from '../database/connection.ts';
import { isCurrent, type ReadStamp } from '../database/read-stamp.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { check, sortRows, type Verdict } from '../schema/row-checks.ts';
import { dueUntil, type EpochRow, PARKED_AT, type WaitingRow } from '../schema/schema.ts';
import { readCancelled } from './cancelled-events.ts';
import {
  CLAIM_STORES,
  type ClaimTable,
  claimTableOf,
  type LowWater,
  ofQueueFrom,
  requestClaims,
  storedLowWater,
} from './claim-table.ts';
import { readHidden } from './hidden-rows.ts';
import { unusableWaitingRow } from './quarantine.ts';

export interface SegmentSnapshot {
  readonly seq: number;
  readonly row: Required<SegmentRow>;
  readonly verdict: Verdict;
  /** The number of its events that can be delivered. */
  readonly size: number;
}

/** The rows of one queue at one transaction. Its unusable rows are claims and waiting rows. */
export interface QueueSnapshot extends ClaimTable {
  readonly queue: string;
  readonly stamp: ReadStamp;
  /** Waiting events that are due. */
  readonly due: readonly WaitingRow[];
  /** The rows that list keys of which an event has ended. Absent if there are none. */
  readonly freed?: readonly WaitingRow[];
  /** The rows that list events which may have ended and hold others back. Absent if there are none. */
  readonly ended?: readonly WaitingRow[];
  /** Waiting events whose wait began in the future, because the clock was set back. */
  readonly ahead: readonly WaitingRow[];
  /** When the next waiting event is due. */
  readonly nextReturnAt: number | null;
  /** Segments from the cursor on. The first events of the first segment may be before the cursor. */
  readonly segments: readonly SegmentSnapshot[];
  /** Cancelled events of these segments, by {@link positionKey}. Absent if the newest epoch says that there are none. */
  readonly cancelled?: ReadonlySet<string> | undefined;
}

export interface ScanBounds {
  /** The result of the last scan. Undefined before the first. */
  readonly last: Pick<QueueSnapshot, 'stamp' | 'lowWater'> | undefined;
  readonly maxSegments: number;
  /** The most waiting events that are read. Beyond it they are delivered by due time. Default 1,000. */
  readonly maxReturned?: number;
}

/** Scans a queue in one read-only transaction. No other transaction waits for it. */
export async function scanQueue(
  connection: Connection,
  queue: string,
  bounds: ScanBounds,
): Promise<QueueSnapshot> {
  const stamp = await connection.stamp();
  const { last, maxReturned = 1_000 } = bounds;
  const isKnown = last !== undefined && isCurrent(last.stamp, stamp);
  const from = isKnown ? last.lowWater : await storedLowWater(connection, queue);
  const found = await connection.read([...CLAIM_STORES, 'returned', 'segments'], (tx) =>
    requestAll(tx, queue, stamp.at, from, { ...bounds, maxReturned }),
  );
  const read: WaitingRow[] = found.due.result;
  const hidden = await readHidden(connection, queue, stamp.at, read, maxReturned);
  const sorted = (rows: readonly WaitingRow[]) => sortRows(rows, (row) => check('returned', row));
  const [due, ahead] = [sorted([...read, ...hidden]), sorted(found.ahead.result)];
  // Only unusable rows were read, so usable rows may come after them.
  const unusable = ahead.newer.length + ahead.malformed.length;
  if (Math.max(due.newer.length, unusable) >= maxReturned)
    return scanQueue(connection, queue, { ...bounds, maxReturned: maxReturned * 2 });
  const claimTable = claimTableOf(queue, found, from);
  const [next] = found.next.result as WaitingRow[];
  const { copiedSeq = Number.POSITIVE_INFINITY } = claimTable.newest;
  // With `<` a foreign key that is no number would never be moved to quarantine.
  const segments = (found.segments.result as Required<SegmentRow>[])
    .map(seenSegment)
    .filter(({ seq }) => !(seq >= copiedSeq));
  return {
    ...claimTable,
    queue,
    stamp,
    ...splitFreed(due.ok),
    ahead: ahead.ok,
    nextReturnAt: next?.dueAt ?? null,
    segments,
    cancelled: await readCancelled(connection, claimTable.newest, segments.at(-1)?.seq),
    unusable: [
      ...claimTable.unusable,
      ...due.malformed.map((row) => unusableWaitingRow(row, 'malformed')),
    ],
  };
}

function splitFreed(rows: readonly WaitingRow[]): Pick<QueueSnapshot, 'due' | 'freed' | 'ended'> {
  const freed = rows.filter((row) => row.freed);
  const ended = rows.filter((row) => row.ended);
  if (freed.length + ended.length === 0) return { due: rows };
  return {
    due: rows.filter((row) => !row.freed && !row.ended),
    ...(freed.length > 0 && { freed }),
    ...(ended.length > 0 && { ended }),
  };
}

/** Reads the decisions about `queue` after `epoch`, and whether a waiting event is due. */
export async function scanDecisions(
  connection: Connection,
  queue: string,
  epoch: number,
  now: number,
): Promise<{ readonly rows: readonly EpochRow[]; readonly isDue: boolean }> {
  const { epochs, due } = await connection.read(['epochs', 'returned'], (tx) => ({
    epochs: tx.objectStore('epochs').getAll(ofQueueFrom(queue, epoch + 1)),
    due: tx.objectStore('returned').getKey(IDBKeyRange.bound([queue], [queue, dueUntil(now), []])),
  }));
  return { rows: epochs.result, isDue: due.result !== undefined };
}

/** The segments of `queue` from `fromSeq` on, for a context that knows the earlier ones. */
export async function scanAddedSegments(
  connection: Connection,
  queue: string,
  fromSeq: number,
  maxSegments: number,
): Promise<readonly SegmentSnapshot[]> {
  const added = ofQueueFrom(queue, fromSeq);
  const { result } = await connection.read(['segments'], (tx) =>
    tx.objectStore('segments').index('fresh').getAll(added, maxSegments),
  );
  return (result as Required<SegmentRow>[]).map(seenSegment);
}

function requestAll(
  tx: IDBTransaction,
  queue: string,
  now: number,
  from: LowWater,
  { maxSegments, maxReturned }: Required<ScanBounds>,
) {
  const waiting = tx.objectStore('returned');
  const later = IDBKeyRange.bound([queue, dueUntil(now), []], [queue, PARKED_AT], false, true);
  const fresh = ofQueueFrom(queue, from.cursor.seq);
  return {
    ...requestClaims(tx, queue, from),
    due: waiting.getAll(IDBKeyRange.bound([queue], [queue, dueUntil(now), []]), maxReturned),
    next: waiting.getAll(later, 1),
    ahead: waiting.index('since').getAll(aheadOf(queue, now), maxReturned),
    segments: tx.objectStore('segments').index('fresh').getAll(fresh, maxSegments),
  };
}

/** The range in the index `since`. It is empty unless the clock was set back, so the cost does not depend on the backlog. */
function aheadOf(queue: string, now: number): IDBKeyRange {
  return IDBKeyRange.bound(
    [queue, now + CLOCK_TOLERANCE_MS],
    [queue, Number.POSITIVE_INFINITY],
    true,
  );
}

function seenSegment(row: Required<SegmentRow>): SegmentSnapshot {
  const verdict = check('segments', row);
  return { seq: row.seq, row, verdict, size: verdict === 'ok' ? row.ids.length : 0 };
}

/** The segments with events that were never claimed. */
export function freshSegments({ segments, newest }: QueueSnapshot): readonly SegmentSnapshot[] {
  // With `>=` a foreign key that is no number would never be fresh, and never be moved to quarantine.
  return segments.filter(({ seq }) => !(seq < newest.cursor.seq));
}
