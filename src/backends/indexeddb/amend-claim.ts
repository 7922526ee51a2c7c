import type { Death, Outcome } from '../../core/lifecycle.ts';
import type { DeadLetter } from '../../core/message.ts';
import { deadLetterOf } from '../../queue/event-shapes.ts';
import type { Connection, Seen } from './connection.ts';
import { keyRuns } from './key-runs.ts';
import { loadEvents } from './load-events.ts';
import type { StoredEvent } from './rows.ts';
import type { ClaimRow, DeadRow, EndingRow, ReturnedRow } from './schema.ts';
import { type HeldEvent, packSpans, positionKey } from './spans.ts';

/** What is to become of one event of a claim. */
export interface Change {
  readonly event: HeldEvent;
  readonly outcome: Outcome;
}

/** A change of a claim: by its owner, who settles, or by anyone, who takes back what expired. */
export interface Amendment {
  /** The claim as the amender knows it, and since when. */
  readonly claim: ClaimRow;
  readonly seen: Seen;
  readonly changes: readonly Change[];
  /** What the claim holds afterwards. */
  readonly held: readonly HeldEvent[];
  /** Segments of which nothing is left after this. */
  readonly spentSegments: readonly number[];
}

/** Makes the change and resolves with who died of it; null, nothing changed, where the claim is no longer as the amender knows it. */
export async function amendClaim(
  connection: Connection,
  amendment: Amendment,
): Promise<readonly DeadLetter[] | null> {
  const { claim, seen, changes, held, spentSegments } = amendment;
  const { queue, epoch, generation } = claim;
  const letters = await lettersOf(connection, queue, changes);
  const returned = changes.flatMap((change) => returnedRowsOf(queue, change));
  const spentIds = changes.flatMap(spentLateIds);
  // Only the stores that are touched: publishing goes on beside a settlement that leaves the segments alone.
  const stores = [
    ...['claims', 'endings'],
    ...(letters.length > 0 ? ['dead'] : []),
    ...(returned.length > 0 ? ['returned'] : []),
    ...(spentIds.length > 0 ? ['late'] : []),
    ...(spentSegments.length > 0 ? ['segments'] : []),
  ];
  const isMade = await connection.decide(seen, stores, (tx) => {
    for (const letter of letters) tx.objectStore('dead').add({ queue, letter } satisfies DeadRow);
    for (const row of returned) tx.objectStore('returned').put(row);
    for (const id of spentIds) tx.objectStore('late').delete(id);
    for (const run of keyRuns(spentSegments)) tx.objectStore('segments').delete(run);
    const next: ClaimRow = { ...claim, generation: generation + 1, held: packSpans(held) };
    if (held.length > 0) tx.objectStore('claims').put(next);
    else tx.objectStore('claims').delete([queue, epoch]);
    const guard: EndingRow = { queue, epoch, generation: next.generation };
    return tx.objectStore('endings').add(guard);
  });
  return isMade ? letters : null;
}

/** Whether nothing more will ever be asked of the event's payload row. */
export function isFinal({ outcome: { state } }: Change): boolean {
  return state === 'acknowledged' || state === 'dead';
}

function spentLateIds(change: Change): string[] {
  const { at } = change.event;
  return typeof at === 'string' && isFinal(change) ? [at] : [];
}

function returnedRowsOf(queue: string, { event, outcome }: Change): ReturnedRow[] {
  if (outcome.state !== 'ready' && outcome.state !== 'scheduled') return [];
  const { seq, at } = event;
  const availableAt = outcome.state === 'scheduled' ? outcome.availableAt : event.availableAt;
  const row: ReturnedRow = {
    queue,
    seq,
    at,
    dueAt: outcome.state === 'scheduled' ? outcome.availableAt : 0,
    attempts: outcome.attempts,
    ...(availableAt !== undefined && { availableAt }),
    ...(outcome.lastError && { lastError: outcome.lastError }),
  };
  return [row];
}

/** Dead letters carry their payload: what they leave behind can then be cleared away. */
async function lettersOf(
  connection: Connection,
  queue: string,
  changes: readonly Change[],
): Promise<DeadLetter[]> {
  const deaths = changes.filter(
    (change): change is Change & { outcome: Death } => change.outcome.state === 'dead',
  );
  const positions = deaths.map(({ event }) => event);
  const events = await loadEvents(connection, queue, positions);
  return deaths.flatMap(({ event, outcome }) => {
    const stored: StoredEvent | undefined = events.get(positionKey(event));
    return stored ? [deadLetterOf(stored, outcome)] : [];
  });
}
