import { type DueKind, isRetry, nextFavored, splitClaim } from '../../../queue/split-claim.ts';
import type { UnusableRow } from '../scanning/quarantine.ts';
import {
  freshSegments,
  type QueueSnapshot,
  type SegmentSnapshot,
} from '../scanning/queue-snapshot.ts';
import { type EventContent, eventOfSegment } from '../schema/event-rows.ts';
import { comparePositions } from '../schema/held-spans.ts';
import type { AttemptHistory, EpochRow, Position, WaitingRow } from '../schema/schema.ts';

/** An event that is to be claimed. `event` is there where the look has already brought it. */
export interface Chosen extends Position, AttemptHistory {
  readonly event?: EventContent | undefined;
  /** The row that says that it waits; it goes with the claim. */
  readonly returned?: WaitingRow;
  /** How many events its segment has, where the look has brought it. */
  readonly segmentSize?: number | undefined;
}

export interface Choice {
  readonly chosen: readonly Chosen[];
  readonly cursor: EpochRow['cursor'];
  /** Whose turn it is at the next claim; absent: the same. */
  readonly turn?: DueKind;
  /** What cannot be used, and is to be put aside. */
  readonly unusable: readonly UnusableRow[];
}

/** The next `limit` due events, of each line its share, in commit order, and where the cursor is to go. Pure. */
export function chooseEvents(snapshot: QueueSnapshot, limit: number): Choice {
  const { placed, retries } = dueLines(snapshot.due);
  const freshCount = freshSegments(snapshot).reduce((sum, { size }) => sum + size, 0);
  const due = {
    placed: placed.length + Math.max(0, freshCount - snapshot.newest.cursor.at),
    retries: retries.length,
  };
  const turn = snapshot.newest.turn ?? 'placed';
  const share = splitClaim(limit, due, turn);
  const choice = choosePlaced(snapshot, placed, limit - share.retries);
  const again = retries.toSorted(comparePositions).slice(0, share.retries).map(chosenAgain);
  const chosen =
    again.length > 0 ? [...choice.chosen, ...again].sort(comparePositions) : choice.chosen;
  return { ...choice, chosen, turn: nextFavored(limit, due, turn) };
}

/** The two lines of those that wait again; see {@link shareClaim}. */
export function dueLines(due: readonly WaitingRow[]): Record<DueKind, readonly WaitingRow[]> {
  const isInRetries = (row: WaitingRow) => row.dueAt > 0 && isRetry(row);
  return { placed: due.filter((row) => !isInRetries(row)), retries: due.filter(isInRetries) };
}

function choosePlaced(
  snapshot: QueueSnapshot,
  placed: readonly WaitingRow[],
  limit: number,
): Choice {
  const due = placed.toSorted(comparePositions).map(chosenAgain).values();
  const chosen: Chosen[] = [];
  const unusable = [...snapshot.unusable];
  let { cursor } = snapshot.newest;
  let again = due.next().value;
  const isFull = () => chosen.length >= limit;
  const takeThoseBefore = (next?: Position) => {
    for (; again && !isFull(); again = due.next().value) {
      if (next && comparePositions(again, next) >= 0) return;
      chosen.push(again);
    }
  };
  for (const segment of freshSegments(snapshot)) {
    const { seq, row, verdict, size: segmentSize } = segment;
    if (isFull()) break;
    const from = seq === cursor.seq ? cursor.at : 0;
    if (verdict !== 'ok') unusable.push(misfitSegment(segment, from));
    // The cursor of a row that was forged may lie behind the segment's events: without a step on, no claim would end.
    if (verdict === 'newer' || (verdict === 'ok' && from >= segmentSize))
      cursor = { seq: seq + 1, at: 0 };
    for (let at = from; at < segmentSize; at += 1) {
      takeThoseBefore({ seq, at });
      if (isFull()) break;
      chosen.push({ seq, at, attempts: 0, event: eventOfSegment(row, at), segmentSize });
      cursor = at + 1 === segmentSize ? { seq: seq + 1, at: 0 } : { seq, at: at + 1 };
    }
  }
  takeThoseBefore();
  return { chosen, cursor, unusable };
}

/** Whether what is left to claim after this choice is segments, and nothing that waits. */
export function leavesNothingButSegments(
  snapshot: QueueSnapshot,
  { chosen, unusable }: Choice,
): boolean {
  const again = chosen.filter(({ returned }) => returned).length;
  return unusable.length + snapshot.ahead.length === 0 && snapshot.due.length === again;
}

function chosenAgain(returned: WaitingRow): Chosen {
  // Foreign columns of the row must not pass for what only a look can bring.
  return { ...returned, returned, event: undefined, segmentSize: undefined };
}

/** `from`: the first event of it that was never claimed. */
function misfitSegment({ seq, row, verdict }: SegmentSnapshot, from: number): UnusableRow {
  const place = { store: 'segments', key: seq } as const;
  if (verdict === 'malformed') return { ...place, reason: verdict, row };
  return { ...place, reason: 'newer-version', version: row.v, from };
}
