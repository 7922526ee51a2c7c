import { type Leased, takeLease, type Waiting } from '../../core/lifecycle.ts';
import type { EventMessage } from '../../core/message.ts';
import type { Runtime } from '../../core/runtime.ts';
import { messageOf } from '../../queue/event-shapes.ts';
import type { ClaimRequest } from '../../queue/event-store.ts';
import type { Choice, Chosen } from './choose-events.ts';
import type { Connection } from './connection.ts';
import { clearGuards, GUARD_STORES, nextMarks } from './guards.ts';
import { loadEvents } from './load-events.ts';
import { OwnClaim } from './own-claim.ts';
import type { QueueView } from './queue-view.ts';
import type { StoredEvent } from './rows.ts';
import type { ClaimRow, EpochRow } from './schema.ts';
import { type HeldEvent, packSpans, positionKey } from './spans.ts';

/** Who claims from which queue. */
export interface ClaimContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly queue: string;
  /** Names this context in its claims. */
  readonly owner: string;
}

interface Taken {
  readonly claim: OwnClaim;
  readonly messages: readonly EventMessage[];
}

/** Leases the chosen events; null where another context was first, or where the look is too old to decide by. */
export async function takeEvents(
  { connection, queue, owner, runtime }: ClaimContext,
  view: QueueView,
  choice: Choice,
  { leaseMs, maxAttempts }: ClaimRequest,
): Promise<Taken | null> {
  const events = await eventsOf(connection, queue, choice.chosen);
  const now = runtime.now();
  const epoch = view.newest.epoch + 1;
  const held = new Map<string, HeldEvent>();
  const messages: EventMessage[] = [];
  for (const chosen of choice.chosen) {
    const event = events.get(positionKey(chosen));
    if (event === undefined) continue;
    const leased = takeLease(waitingOf(chosen, event), { lease: epoch, leaseMs, maxAttempts }, now);
    held.set(event.eventId, heldEventOf(chosen, leased));
    messages.push(messageOf(event, leased));
  }
  const spans = packSpans([...held.values()]);
  const row: ClaimRow = { queue, epoch, generation: 0, owner, maxAttempts, held: spans };
  const newest = { queue, epoch, cursor: choice.cursor, ...nextMarks(view, epoch, now) };
  const isTaken = await writeClaim(connection, view, choice, row, newest);
  return isTaken && messages.length > 0 ? { claim: new OwnClaim(row, held), messages } : null;
}

/** The claim, the cursor and, last, the guard: all of it or, where the epoch is taken, nothing. */
function writeClaim(
  connection: Connection,
  view: QueueView,
  { chosen }: Choice,
  row: ClaimRow,
  newest: EpochRow,
): Promise<boolean> {
  const returned = chosen.flatMap((one) => (one.returned ? [one.returned] : []));
  const stores = ['claims', ...GUARD_STORES, ...(returned.length > 0 ? ['returned'] : [])];
  return connection.decide(view.seen, stores, (tx) => {
    for (const { queue, seq, at } of returned) tx.objectStore('returned').delete([queue, seq, at]);
    if (row.held.length > 0) tx.objectStore('claims').put(row);
    clearGuards(tx, view.newest, newest);
    return tx.objectStore('epochs').add(newest);
  });
}

/** The events themselves: most came with the look, those that wait again are fetched. */
async function eventsOf(
  connection: Connection,
  queue: string,
  chosen: readonly Chosen[],
): Promise<Map<string, StoredEvent>> {
  const missing = chosen.filter(({ event }) => event === undefined);
  const events = await loadEvents(connection, queue, missing);
  for (const one of chosen) if (one.event) events.set(positionKey(one), one.event);
  return events;
}

function waitingOf({ attempts, availableAt, lastError }: Chosen, event: StoredEvent): Waiting {
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
