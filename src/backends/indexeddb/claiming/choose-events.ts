import { isExpired } from '../../../core/events/lifecycle.ts';
import { type DueKind, isRetry, nextFavored, splitClaim } from '../../../queue/split-claim.ts';
import type { KeyedSnapshot } from '../scanning/key-snapshot.ts';
import type { UnusableRow } from '../scanning/quarantine.ts';
import {
  freshSegments,
  type QueueSnapshot,
  type SegmentSnapshot,
} from '../scanning/queue-snapshot.ts';
import { carriedOf, type EventContent, eventOfSegment } from '../schema/event-rows.ts';
import { comparePositions, positionKey } from '../schema/held-spans.ts';
import type { AttemptHistory, EpochRow, Position, WaitingRow } from '../schema/schema.ts';
import { type KeyedChoice, KeyGate } from './key-gate.ts';

/** An event to be claimed. */
export interface ChosenEvent extends Position, AttemptHistory {
  /** Undefined if the scan did not read the event. */
  readonly event?: EventContent | undefined;
  /** The row of a waiting event. The claim deletes it. */
  readonly waitingRow?: WaitingRow;
  /** How many events the segment has. Undefined if the scan did not read it. */
  readonly segmentSize?: number | undefined;
  /** Its time to live had passed at the scan, so it takes no place of the claim. */
  readonly isExpired?: boolean;
}

export interface Choice {
  readonly chosen: readonly ChosenEvent[];
  /** The cursor of the queue after the claim. */
  readonly cursor: EpochRow['cursor'];
  /** The favored kind of the next claim. */
  readonly turn?: DueKind;
  /** See {@link EpochRow.sinceAged}. Absent if it stays. */
  readonly sinceAged?: number;
  /** Rows that cannot be used and are to be moved to quarantine. */
  readonly unusable: readonly UnusableRow[];
  /** What keys hold back, and what they let go. Undefined without keys. */
  readonly keyed?: KeyedChoice | undefined;
}

/** The most expired events that one claim takes beside others. */
const MAX_EXPIRED = 1_000;

/**
 * The next `limit` due events, split between the two kinds, in commit order. `isCut`: the queue may have more segments than the
 * snapshot, and events behind these are not chosen. Pure.
 */
export function chooseEvents(snapshot: KeyedSnapshot, limit: number, isCut = false): Choice {
  const gate = snapshot.keys && new KeyGate(snapshot, snapshot.keys);
  const { placed, retries } = splitByKind(gate?.due ?? snapshot.due);
  const due = { placed: placed.length + countFresh(snapshot), retries: retries.length };
  const favored = snapshot.newest.turn ?? 'placed';
  const split = splitClaim(limit, due, favored);
  const choice = choosePlaced(snapshot, placed, limit - split.retries, isCut, gate);
  const retried = retries.toSorted(comparePositions).slice(0, split.retries).map(chosenOf);
  const chosen =
    retried.length > 0 ? [...choice.chosen, ...retried].sort(comparePositions) : choice.chosen;
  const keyed = gate?.end(chosen);
  return { ...choice, chosen, turn: nextFavored(limit, due, favored), keyed };
}

/** How many events of the snapshot's segments were never claimed. */
export function countFresh(snapshot: QueueSnapshot): number {
  const all = freshSegments(snapshot).reduce((sum, { size }) => sum + size, 0);
  return Math.max(0, all - snapshot.newest.cursor.at);
}

/** The due waiting events by kind, see {@link DueKind}. */
export function splitByKind(due: readonly WaitingRow[]): Record<DueKind, readonly WaitingRow[]> {
  // A row with a due time below 1 was returned without a delay.
  const isInRetries = (row: WaitingRow) => row.dueAt >= 1 && isRetry(row);
  return { placed: due.filter((row) => !isInRetries(row)), retries: due.filter(isInRetries) };
}

function choosePlaced(
  snapshot: QueueSnapshot,
  placed: readonly WaitingRow[],
  limit: number,
  isCut: boolean,
  gate: KeyGate | undefined,
): Choice {
  const due = placed.toSorted(comparePositions).map(chosenOf).values();
  const chosen: ChosenEvent[] = [];
  let expired = 0;
  const unusable = [...snapshot.unusable];
  let { cursor } = snapshot.newest;
  let waiting = due.next().value;
  const isFull = () =>
    chosen.length - expired >= limit || expired >= MAX_EXPIRED || gate?.isFull === true;
  const chooseWaitingBefore = (end?: Position) => {
    for (; waiting && !isFull(); waiting = due.next().value) {
      if (end && comparePositions(waiting, end) >= 0) return;
      if (!gate || gate.admitsWaiting(waiting)) chosen.push(waiting);
    }
  };
  for (const segment of freshSegments(snapshot)) {
    const { seq, row, verdict, size: segmentSize } = segment;
    if (isFull()) break;
    const from = seq === cursor.seq ? cursor.at : 0;
    if (verdict !== 'ok') unusable.push(unusableSegment(segment, from));
    // The cursor of a forged row may be after the last event of the segment. It must advance, or no claim would end.
    if (verdict === 'newer' || (verdict === 'ok' && from >= segmentSize))
      cursor = { seq: seq + 1, at: 0 };
    for (let at = from; at < segmentSize; at += 1) {
      if (snapshot.cancelled?.has(positionKey({ seq, at }))) {
        cursor = cursorAfter(seq, at, segmentSize);
        continue;
      }
      chooseWaitingBefore({ seq, at });
      if (isFull()) break;
      const event = eventOfSegment(row, at);
      cursor = cursorAfter(seq, at, segmentSize);
      if (gate && !gate.admits(event, { seq, at }, segmentSize)) continue;
      const hasExpired = isExpired(event.createdAt, event.ttlMs, snapshot.stamp.at);
      if (hasExpired) expired += 1;
      const place = { seq, at, attempts: 0, ...carriedOf(event) };
      chosen.push({ ...place, event, segmentSize, isExpired: hasExpired });
    }
  }
  chooseWaitingBefore(isCut ? cursor : undefined);
  return { chosen, cursor, unusable };
}

function cursorAfter(seq: number, at: number, segmentSize: number): EpochRow['cursor'] {
  return at + 1 === segmentSize ? { seq: seq + 1, at: 0 } : { seq, at: at + 1 };
}

/** Whether a claim of the choice changes nothing. Without a chosen event it may move the cursor past cancelled ones. */
export function changesNothing(
  { newest }: QueueSnapshot,
  { chosen, unusable, cursor, keyed }: Choice,
): boolean {
  const isEmpty = chosen.length + unusable.length === 0 && !keyed?.isChange;
  return isEmpty && comparePositions(cursor, newest.cursor) === 0;
}

/** Whether the choice leaves only events of segments in the snapshot, none of them cancelled or with a key, in a channel without groups. */
export function leavesOnlySegments(
  snapshot: QueueSnapshot,
  { chosen, unusable, keyed }: Choice,
): boolean {
  if (snapshot.cancelled || keyed || snapshot.ended) return false;
  // In a channel with groups, segments are claimed once they are copied.
  if (snapshot.newest.copiedSeq !== undefined) return false;
  const waiting = chosen.filter(({ waitingRow }) => waitingRow).length;
  return unusable.length + snapshot.ahead.length === 0 && snapshot.due.length === waiting;
}

export function chosenOf(waitingRow: WaitingRow): ChosenEvent {
  // Foreign properties of the row must not count as what the scan read.
  return { ...waitingRow, waitingRow, event: undefined, segmentSize: undefined, isExpired: false };
}

/** `from`: the first event of the segment that was never claimed. */
function unusableSegment({ seq, row, verdict }: SegmentSnapshot, from: number): UnusableRow {
  const place = { store: 'segments', key: seq } as const;
  if (verdict === 'malformed') return { ...place, reason: verdict, row };
  return { ...place, reason: 'newer-version', version: row.v, from };
}
