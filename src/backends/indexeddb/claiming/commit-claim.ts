import type { DeadReason } from '../../../core/events/death-reason.ts';
import { isExpired, type Leased, takeLease, type Waiting } from '../../../core/events/lifecycle.ts';
import type { EventMessage } from '../../../core/events/message.ts';
import { elapsedMs, type Runtime } from '../../../core/runtime/runtime.ts';
import { isBlocked, messageOf } from '../../../queue/event-shapes.ts';
import type { ClaimRequest } from '../../../queue/event-store.ts';
import { ClaimState } from '../claims/claim-state.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import type { Connection } from '../database/connection.ts';
import { loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting, quarantineWrites, unusableWaitingRow } from '../scanning/quarantine.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { EventContent } from '../schema/event-rows.ts';
import { type HeldEvent, packSpans, positionKey } from '../schema/held-spans.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import type { ClaimRow, EpochRow } from '../schema/schema.ts';
import type { Choice, ChosenEvent } from './choose-events.ts';
import { keyWrites } from './key-gate.ts';

/** What each part of a queue's claimer needs. */
export interface ClaimContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly queue: string;
}

/** A claim that is not written yet, or not confirmed. */
export interface PreparedClaim {
  readonly snapshot: QueueSnapshot;
  readonly choice: Choice;
  /** The guard row, with the cursor and the inline claim. */
  readonly newest: EpochRow;
  readonly claim: ClaimState;
  readonly messages: readonly EventMessage[];
  /** The ids of the events that the claim holds, but does not deliver, each with the reason of its death. */
  readonly buried: ReadonlyMap<string, DeadReason>;
  /** When the leases began, by `Runtime.elapsed`. */
  readonly preparedAtMs: number;
}

/** Leases the chosen events, and finds the rows that go to quarantine. Nothing is written yet. */
export async function prepareClaim(
  { connection, queue, runtime }: ClaimContext,
  owner: string,
  snapshot: QueueSnapshot,
  choice: Choice,
  { leaseMs, maxAttempts, maxHoldMs }: ClaimRequest,
): Promise<PreparedClaim> {
  // The scan has read most events. The waiting ones are read here.
  const unread = choice.chosen.filter(({ event }) => event === undefined);
  const events = await loadEvents(connection, queue, unread);
  const now = runtime.now();
  const next = nextEpoch(snapshot, now);
  const terms = { lease: next.epoch, leaseMs, maxAttempts };
  const held = new Map<string, HeldEvent>();
  const messages: EventMessage[] = [];
  const buried = new Map<string, DeadReason>();
  const unusable = [...choice.unusable];
  for (const chosen of choice.chosen) {
    const event = chosen.event ?? events.get(positionKey(chosen));
    if (event === undefined) {
      if (chosen.waitingRow)
        unusable.push(unusableWaitingRow(chosen.waitingRow, 'payload-missing'));
      continue;
    }
    const leased = takeLease(waitingOf(chosen, event), terms, now);
    held.set(event.eventId, heldEventOf(chosen, leased));
    if (isBlocked(event)) buried.set(event.eventId, 'blocked');
    else if (chosen.isExpired || isExpired(event.createdAt, event.ttlMs, now))
      buried.set(event.eventId, 'expired');
    else messages.push(messageOf(event, leased));
  }
  const row: ClaimRow = {
    v: ROW_VERSION,
    queue,
    epoch: next.epoch,
    generation: 0,
    owner,
    holdUntil: now + maxHoldMs,
    since: now,
    maxAttempts,
    ...(next.isAwaited && { isAwaited: true }),
    held: packSpans([...held.values()]),
  };
  const newest = newestOf(next, choice, row, unusable.length > 0);
  const claim = new ClaimState(row, held);
  const prepared = { snapshot, choice: { ...choice, unusable }, newest, claim, messages, buried };
  return { ...prepared, preparedAtMs: elapsedMs(runtime) };
}

/** The guard row of the claim. */
function newestOf(
  next: EpochRow,
  { cursor, turn, sinceAged }: Choice,
  row: ClaimRow,
  hasUnusable: boolean,
): EpochRow {
  return {
    ...next,
    cursor,
    ...(turn && turn !== (next.turn ?? 'placed') && { turn }),
    ...(sinceAged !== undefined && { sinceAged }),
    ...(row.held.length > 0 && { claim: row }),
    ...(hasUnusable && { sparedSeq: cursor.seq }),
    ...(hasPassedCancelled(next, cursor) && { cancelledSeq: undefined }),
  };
}

/**
 * Writes the claim in one transaction. Its epoch is added last. Resolves with false, and nothing is written, where another
 * context was first or the snapshot is too old to decide by. `onIssued` is called when all requests are made.
 */
export function commitClaim(
  connection: Connection,
  { snapshot, choice: { chosen, unusable, keyed }, newest, claim: { row } }: PreparedClaim,
  onIssued: () => void,
): Promise<boolean> {
  const waiting = chosen.flatMap(({ waitingRow }) => waitingRow ?? []);
  return connection.decide(
    snapshot.stamp,
    [
      ...waiting.map((waitingRow) => ['delete', 'returned', keyOfWaiting(waitingRow)] as const),
      ...quarantineWrites(row.queue, snapshot.stamp.at, unusable),
      ...(snapshot.cancelled ? [['delete', 'cancelled', cancelledBefore(newest)] as const] : []),
      ...keyWrites(row, keyed, unusable),
      ['add', 'epochs', newest],
    ],
    { onIssued },
  );
}

/** The rows of cancelled events before the cursor. */
function cancelledBefore({ queue, cursor }: EpochRow): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, cursor.seq, cursor.at], false, true);
}

function hasPassedCancelled({ cancelledSeq }: EpochRow, cursor: EpochRow['cursor']): boolean {
  return cancelledSeq !== undefined && cancelledSeq < cursor.seq;
}

function waitingOf(
  { attempts, availableAt, lastError }: ChosenEvent,
  event: EventContent,
): Waiting {
  const publishedAt = event.redriven?.redrivenAt ?? event.createdAt;
  return { attempts, availableAt: availableAt ?? publishedAt, lastError: lastError ?? null };
}

function heldEventOf(chosen: ChosenEvent, leased: Leased): HeldEvent {
  const { seq, at, availableAt, lastError, key, blocks, priority, retentionMs } = chosen;
  return {
    seq,
    at,
    attempts: leased.attempts,
    expiresAt: leased.leaseExpiresAt,
    ...(availableAt !== undefined && { availableAt }),
    ...(lastError && { lastError }),
    ...(key !== undefined && { key }),
    ...(blocks && { blocks }),
    ...(priority && { priority }),
    ...(retentionMs && { retentionMs }),
  };
}
