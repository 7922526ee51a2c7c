import { type Leased, takeLease, type Waiting } from '../../../core/lifecycle.ts';
import type { EventMessage } from '../../../core/message.ts';
import type { Runtime } from '../../../core/runtime.ts';
import { messageOf } from '../../../queue/event-shapes.ts';
import type { ClaimRequest } from '../../../queue/event-store.ts';
import { ClaimState } from '../claims/claim-state.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import type { Connection } from '../database/connection.ts';
import { loadEvents } from '../scanning/load-events.ts';
import { keyOfWaiting, quarantineWrites, unusableWaitingRow } from '../scanning/quarantine.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { EventContent } from '../schema/event-rows.ts';
import { type HeldEvent, packSpans, positionKey } from '../schema/held-spans.ts';
import { type ClaimRow, type EpochRow, ROW_VERSION } from '../schema/schema.ts';
import type { Choice, Chosen } from './choose-events.ts';

/** Who claims from which queue. */
export interface ClaimContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly queue: string;
}

/** What a claim is about to hold. */
export interface PreparedClaim {
  readonly snapshot: QueueSnapshot;
  readonly choice: Choice;
  /** The guard, with the cursor and the claim. */
  readonly newest: EpochRow;
  readonly claim: ClaimState;
  readonly messages: readonly EventMessage[];
}

/** What leasing the chosen events, and putting aside what cannot be used, comes to. Nothing is written yet. */
export async function prepareClaim(
  { connection, queue, runtime }: ClaimContext,
  owner: string,
  snapshot: QueueSnapshot,
  choice: Choice,
  { leaseMs, maxAttempts, maxHoldMs }: ClaimRequest,
): Promise<PreparedClaim> {
  const events = await eventsOf(connection, queue, choice.chosen);
  const now = runtime.now();
  const next = nextEpoch(snapshot, now);
  const { epoch } = next;
  const held = new Map<string, HeldEvent>();
  const messages: EventMessage[] = [];
  const unusable = [...choice.unusable];
  for (const chosen of choice.chosen) {
    const event = events.get(positionKey(chosen));
    if (event === undefined) {
      if (chosen.returned) unusable.push(unusableWaitingRow(chosen.returned, 'payload-missing'));
      continue;
    }
    const leased = takeLease(waitingOf(chosen, event), { lease: epoch, leaseMs, maxAttempts }, now);
    held.set(event.eventId, heldEventOf(chosen, leased));
    messages.push(messageOf(event, leased));
  }
  const spans = packSpans([...held.values()]);
  const row: ClaimRow = {
    v: ROW_VERSION,
    queue,
    epoch,
    generation: 0,
    owner,
    holdUntil: now + maxHoldMs,
    since: now,
    maxAttempts,
    held: spans,
  };
  const { cursor, turn } = choice;
  const newest: EpochRow = {
    ...next,
    cursor,
    ...(turn && turn !== (next.turn ?? 'placed') && { turn }),
    ...(spans.length > 0 && { claim: row }),
    ...(unusable.length > 0 && { sparedSeq: cursor.seq }),
  };
  return {
    snapshot,
    choice: { ...choice, unusable },
    newest,
    claim: new ClaimState(row, held),
    messages,
  };
}

/**
 * What goes with the claim and, last, its epoch, which holds it: all of it or, where another context was first or the look is too old
 * to decide by, nothing.
 */
export function commitClaim(
  connection: Connection,
  { snapshot, choice: { chosen, unusable }, newest, claim: { row } }: PreparedClaim,
  onIssued: () => void,
): Promise<boolean> {
  const returned = chosen.flatMap((one) => (one.returned ? [one.returned] : []));
  return connection.decide(
    snapshot.stamp,
    [
      ...returned.map((waiting) => ['delete', 'returned', keyOfWaiting(waiting)] as const),
      ...quarantineWrites(row.queue, snapshot.stamp.at, unusable),
      ['add', 'epochs', newest],
    ],
    { onIssued },
  );
}

/** The events themselves: most came with the look, those that wait again are fetched. */
async function eventsOf(
  connection: Connection,
  queue: string,
  chosen: readonly Chosen[],
): Promise<Map<string, EventContent>> {
  const missing = chosen.filter(({ event }) => event === undefined);
  const events = await loadEvents(connection, queue, missing);
  for (const one of chosen) if (one.event) events.set(positionKey(one), one.event);
  return events;
}

function waitingOf({ attempts, availableAt, lastError }: Chosen, event: EventContent): Waiting {
  return { attempts, availableAt: availableAt ?? event.createdAt, lastError: lastError ?? null };
}

function heldEventOf({ seq, at, availableAt, lastError }: Chosen, leased: Leased): HeldEvent {
  return {
    seq,
    at,
    attempts: leased.attempts,
    expiresAt: leased.leaseExpiresAt,
    ...(availableAt !== undefined && { availableAt }),
    ...(lastError && { lastError }),
  };
}
