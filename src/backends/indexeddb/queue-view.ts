import type { Connection, Seen } from './connection.ts';
import type { ClaimRow, EpochRow, ReturnedRow, SegmentRow } from './schema.ts';

/** Most events that wait again which one look takes in; beyond it the order among them is by due time. */
const MAX_RETURNED_ROWS = 1_000;

/** One queue as one transaction saw it. */
export interface QueueView {
  readonly queue: string;
  readonly seen: Seen;
  /** The newest epoch; of a queue that was never claimed from, one that is not stored. */
  readonly newest: EpochRow;
  readonly claims: readonly ClaimRow[];
  /** Waiting again, and due. */
  readonly due: readonly ReturnedRow[];
  /** When the next of those that wait will be due. */
  readonly nextReturnAt: number | null;
  /** From the cursor on, though the first may lie before it. */
  readonly segments: readonly SegmentRow[];
}

/** Everything of `queue` in a store or index whose keys begin with the queue. */
export function ofQueue(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, []]);
}

/** Looks at a queue: one read-only transaction, nothing waits on it. `fromSeq` is a segment known not to be past the cursor. */
export async function viewQueue(
  connection: Connection,
  queue: string,
  fromSeq: number,
  maxSegments: number,
): Promise<QueueView> {
  const seen = await connection.seen();
  const now = seen.at;
  const found = await connection.read(['epochs', 'claims', 'returned', 'segments'], (tx) => {
    const due = tx.objectStore('returned').index('due');
    return {
      newest: tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
      claims: tx.objectStore('claims').getAll(ofQueue(queue)),
      due: due.getAll(IDBKeyRange.bound([queue, 0], [queue, now]), MAX_RETURNED_ROWS),
      next: due.getAll(IDBKeyRange.bound([queue, now], [queue, []], true), 1),
      segments: tx
        .objectStore('segments')
        .index('fresh')
        .getAll(IDBKeyRange.bound([queue, fromSeq], [queue, []]), maxSegments),
    };
  });
  const [next] = found.next.result as ReturnedRow[];
  return {
    queue,
    seen,
    newest: (found.newest.result?.value as EpochRow | undefined) ?? neverClaimed(queue, now),
    claims: found.claims.result as ClaimRow[],
    due: found.due.result as ReturnedRow[],
    nextReturnAt: next?.dueAt ?? null,
    segments: found.segments.result as SegmentRow[],
  };
}

/** The segments of which something was never claimed. */
export function freshSegments({ segments, newest }: QueueView): readonly Required<SegmentRow>[] {
  return (segments as readonly Required<SegmentRow>[]).filter(
    ({ seq }) => seq >= newest.cursor.seq,
  );
}

function neverClaimed(queue: string, now: number): EpochRow {
  const cursor = { seq: 0, at: 0 };
  return { queue, epoch: 0, cursor, spentEpoch: 0, spentAt: now, clearedEpoch: 0 };
}
