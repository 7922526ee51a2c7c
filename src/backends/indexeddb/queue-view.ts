import { CLOCK_TOLERANCE_MS } from '../../core/clock-shift.ts';
import { type Misfit, misfitReturned } from './aside.ts';
import type { Connection, Seen } from './connection.ts';
import { check, rowError, type Sorted, sortRows, type Verdict } from './row-checks.ts';
import {
  type ClaimRow,
  type EpochRow,
  type ReturnedRow,
  ROW_VERSION,
  type SegmentRow,
} from './schema.ts';

/** Who holds what of a queue, and how far it was claimed. */
export interface Standing {
  /** The newest epoch; of a queue that was never claimed from, one that is not stored. */
  readonly newest: EpochRow;
  readonly claims: Sorted<ClaimRow>;
}

export interface SeenSegment {
  readonly seq: number;
  readonly row: Required<SegmentRow>;
  readonly verdict: Verdict;
  /** How many events of it can be delivered. */
  readonly size: number;
}

/** One queue as one transaction saw it. */
export interface QueueView {
  readonly queue: string;
  readonly seen: Seen;
  readonly newest: EpochRow;
  readonly claims: readonly ClaimRow[];
  /** The epochs of all claims, also of those that only a newer version understands. */
  readonly openEpochs: readonly number[];
  /** Where the next look may begin. */
  readonly lowWater: LowWater;
  /** Waiting again, and due. */
  readonly due: readonly ReturnedRow[];
  /** Waiting since a time that is yet to come: the clock was set back. */
  readonly ahead: readonly ReturnedRow[];
  /** When the next of those that wait will be due. */
  readonly nextReturnAt: number | null;
  /** From the cursor on, though the first may lie before it. */
  readonly segments: readonly SeenSegment[];
  /** Claims and waiting rows that are to be put aside. */
  readonly misfits: readonly Misfit[];
}

/** Everything of `queue` in a store or index whose keys begin with the queue. */
export function ofQueue(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, []], false, true);
}

/** Where a look may begin, so that it need not pass over the remains of what was deleted: nothing is left before it. */
export interface LowWater {
  readonly cursor: EpochRow['cursor'];
  /** There is no claim under an earlier epoch. */
  readonly epoch: number;
}

/** As the database has it, for whoever knows nothing of the queue yet. */
export async function storedLowWater(connection: Connection, queue: string): Promise<LowWater> {
  const { newest } = await connection.read(['epochs'], (tx) => ({
    newest: tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
  }));
  const { cursor, spentEpoch } = newestOf(queue, newest);
  return { cursor, epoch: spentEpoch };
}

export interface ViewBounds {
  readonly from: LowWater;
  readonly maxSegments: number;
  /** Of events that wait again; beyond it the order among them is by due time. Default 1,000. */
  readonly maxReturned?: number;
}

/** Looks at a queue: one read-only transaction, nothing waits on it. */
export async function viewQueue(
  connection: Connection,
  queue: string,
  bounds: ViewBounds,
): Promise<QueueView> {
  const seen = await connection.seen();
  const { from, maxReturned = 1_000 } = bounds;
  const found = await connection.read(['epochs', 'claims', 'returned', 'segments'], (tx) =>
    requestAll(tx, queue, seen.at, { ...bounds, maxReturned }),
  );
  const sorted = ({ result }: IDBRequest<ReturnedRow[]>) =>
    sortRows(result, (row) => check('returned', row));
  const [due, ahead] = [sorted(found.due), sorted(found.ahead)];
  // Nothing but rows that we cannot use: what we could may lie behind them.
  const unusable = ahead.newer.length + ahead.malformed.length;
  if (Math.max(due.newer.length, unusable) === maxReturned)
    return viewQueue(connection, queue, { ...bounds, maxReturned: maxReturned * 2 });
  const { newest, claims } = standingOf(queue, found);
  const [next] = found.next.result as ReturnedRow[];
  const openEpochs = [...claims.ok, ...claims.newer].map(({ epoch }) => epoch);
  // What is to be put aside must be found again until it is.
  const lowest = claims.malformed.length > 0 ? from.epoch : newest.epoch + 1;
  return {
    queue,
    seen,
    newest,
    claims: claims.ok,
    openEpochs,
    lowWater: { cursor: newest.cursor, epoch: Math.min(lowest, ...openEpochs) },
    due: due.ok,
    ahead: ahead.ok,
    nextReturnAt: next?.dueAt ?? null,
    segments: (found.segments.result as Required<SegmentRow>[]).map(seenSegment),
    misfits: [
      ...claims.malformed.map(misfitClaim),
      ...due.malformed.map((row) => misfitReturned(row, 'malformed')),
    ],
  };
}

/** The segments of `queue` from `fromSeq` on: all that there is to see for whoever knows the rest. */
export async function viewAdded(
  connection: Connection,
  queue: string,
  fromSeq: number,
  maxSegments: number,
): Promise<readonly SeenSegment[]> {
  const added = IDBKeyRange.bound([queue, fromSeq], [queue, []], false, true);
  const { result } = await connection.read(['segments'], (tx) =>
    tx.objectStore('segments').index('fresh').getAll(added, maxSegments),
  );
  return (result as Required<SegmentRow>[]).map(seenSegment);
}

function requestAll(
  tx: IDBTransaction,
  queue: string,
  now: number,
  { from: { cursor, epoch }, maxSegments, maxReturned }: Required<ViewBounds>,
) {
  const waiting = tx.objectStore('returned');
  const later = IDBKeyRange.bound([queue, now, []], [queue, Number.POSITIVE_INFINITY]);
  const fresh = IDBKeyRange.bound([queue, cursor.seq], [queue, []], false, true);
  return {
    ...requestStanding(tx, queue, epoch),
    due: waiting.getAll(IDBKeyRange.bound([queue], [queue, now, []]), maxReturned),
    next: waiting.getAll(later, 1),
    ahead: waiting.index('since').getAll(aheadOf(queue, now), maxReturned),
    segments: tx.objectStore('segments').index('fresh').getAll(fresh, maxSegments),
  };
}

/** By the index, so that it costs the same however many wait: there is nothing but after the clock was set back. */
function aheadOf(queue: string, now: number): IDBKeyRange {
  return IDBKeyRange.bound(
    [queue, now + CLOCK_TOLERANCE_MS],
    [queue, Number.POSITIVE_INFINITY],
    true,
  );
}

interface StandingRequests {
  readonly newest: IDBRequest<IDBCursorWithValue | null>;
  readonly claims: IDBRequest<ClaimRow[]>;
}

/** For {@link standingOf}, in a transaction over `epochs` and `claims`. */
export function requestStanding(
  tx: IDBTransaction,
  queue: string,
  fromEpoch = 0,
): StandingRequests {
  return {
    newest: tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
    claims: tx
      .objectStore('claims')
      .getAll(IDBKeyRange.bound([queue, fromEpoch], [queue, []], false, true)),
  };
}

/**
 * Without a usable newest epoch nothing of the queue is known. A claim and its epoch are added as one: a row beyond
 * the newest is none, and the next claim would overwrite it.
 */
export function standingOf(queue: string, found: StandingRequests): Standing {
  const newest = newestOf(queue, found.newest);
  const claims = sortRows(found.claims.result, (row) =>
    row.epoch > newest.epoch ? 'malformed' : check('claims', row),
  );
  return { newest, claims };
}

function newestOf(queue: string, { result }: StandingRequests['newest']): EpochRow {
  const newest: EpochRow = result?.value ?? neverClaimed(queue);
  const verdict = check('epochs', newest);
  if (verdict !== 'ok') throw rowError('epochs', queue, verdict);
  return newest;
}

function misfitClaim(row: ClaimRow): Misfit {
  return { store: 'claims', key: [row.queue, row.epoch], reason: 'malformed', row };
}

function seenSegment(row: Required<SegmentRow>): SeenSegment {
  const verdict = check('segments', row);
  return { seq: row.seq, row, verdict, size: verdict === 'ok' ? row.ids.length : 0 };
}

/** The segments of which something was never claimed. */
export function freshSegments({ segments, newest }: QueueView): readonly SeenSegment[] {
  // Not `>=`, by which a foreign key that is no number would never be fresh, nor put aside.
  return segments.filter(({ seq }) => !(seq < newest.cursor.seq));
}

function neverClaimed(queue: string): EpochRow {
  const cursor = { seq: 0, at: 0 };
  return {
    v: ROW_VERSION,
    queue,
    epoch: 0,
    cursor,
    spentEpoch: 0,
    spentAt: 0,
    clearedEpoch: 0,
    sparedSeq: 0,
  };
}
