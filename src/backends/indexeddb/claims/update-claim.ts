import { estimateBytes } from '../../../core/admission.ts';
import type { Death, Outcome } from '../../../core/events/lifecycle.ts';
import type { DeadLetter } from '../../../core/events/message.ts';
import { deadLetterOf } from '../../../queue/event-shapes.ts';
import type { Connection } from '../database/connection.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import { findBlob } from '../database/refused-values.ts';
import type { Write } from '../database/transactions.ts';
import { readClaim, type StoredClaim } from '../scanning/claim-table.ts';
import { loadEvents } from '../scanning/load-events.ts';
import type { EventContent } from '../schema/event-rows.ts';
import { LARGE_BYTES } from '../schema/event-rows.ts';
import { type HeldEvent, packSpans, positionKey, unpackSpans } from '../schema/held-spans.ts';
import { blockRowOf, endedRowOf, freedRowOf } from '../schema/key-rows.ts';
import { acknowledgedRowOf, deathRowOf } from '../schema/result-rows.ts';
import { rowError } from '../schema/row-checks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import {
  type ClaimRow,
  type DeadRow,
  dueTime,
  type EndingRow,
  rankOf,
  type WaitingRow,
} from '../schema/schema.ts';

/** One event of a claim and its next state. */
export interface Change {
  readonly event: HeldEvent;
  readonly outcome: Outcome;
}

/** A change of a claim. Its owner settles events, or any context takes over expired leases. */
export interface ClaimUpdate {
  /** The claim as the caller read it, with the stamp of that read. */
  readonly claim: ClaimRow;
  readonly stamp: ReadStamp;
  readonly changes: readonly Change[];
  /** The events that the claim holds afterwards. */
  readonly held: readonly HeldEvent[];
  /** When events were acknowledged by it. Absent if none was. */
  readonly now?: number;
}

/** Called after events of a claim were settled or taken over. `letters` are the events among them that became dead letters. */
export type OnClaimUpdated = (
  claim: Pick<ClaimRow, 'queue' | 'isAwaited'>,
  changes: readonly Change[],
  letters: readonly DeadLetter[],
) => void;

/** Writes the change and resolves with the new dead letters. Resolves with null, and writes nothing, if another context has changed the claim. */
export async function updateClaim(
  connection: Connection,
  update: ClaimUpdate,
): Promise<readonly DeadLetter[] | null> {
  const { claim, stamp, held } = update;
  const { queue, epoch } = claim;
  const read = update.changes.filter((change) => isDeath(change) || isKept(change));
  const events = await loadEvents(
    connection,
    queue,
    read.map(({ event }) => event),
  );
  const changes = update.changes.map((change) => withPayload(change, events));
  const letters = changes.filter(isDeath).map((change) => letterOf(change, events));
  const generation = claim.generation + 1;
  const guard: EndingRow = { v: ROW_VERSION, queue, epoch, generation };
  const writes: Write[] = [
    ...letters.map((letter) => ['add', 'dead', deadRowOf(queue, letter)] as const),
    ...changes.flatMap((change) => writesOf(claim, change)),
    ...keyWritesOf(claim, changes),
    ...endedWritesOf(claim, changes, events),
    ...resultWritesOf(changes, events, update.now),
    ...writesOfHeld({ ...claim, generation, held: packSpans(held) }),
    ['add', 'endings', guard],
  ];
  const mayFailAmid = writes.some(
    ([verb, store, row]) => verb !== 'delete' && /^(dead|results)$/.test(store) && isLarge(row),
  );
  const ending = mayFailAmid ? 'auto' : 'commit';
  const isMade = await connection.decide(stamp, writes, { ending });
  return isMade ? letters : null;
}

/** {@link updateClaim} for a caller that does not read the claim again after a conflict. Throws as {@link refuseStrayGuard}. */
export async function updateClaimOnce(
  connection: Connection,
  update: ClaimUpdate,
): Promise<readonly DeadLetter[] | null> {
  const letters = await updateClaim(connection, update);
  if (!letters) refuseStrayGuard(update.claim, await readClaim(connection, update.claim));
  return letters;
}

/** Writes the claim unchanged into a row of its own. */
export async function rewriteClaim(
  connection: Connection,
  claim: ClaimRow,
  stamp: ReadStamp,
): Promise<void> {
  await updateClaimOnce(connection, { claim, stamp, changes: [], held: unpackSpans(claim) });
}

/** Writes or deletes the row of a changed claim. A claim has no such row before its first change. */
function writesOfHeld(claim: ClaimRow): Write[] {
  const { queue, epoch, generation, held } = claim;
  if (held.length > 0) return [['put', 'claims', claim]];
  return generation > 1 ? [['delete', 'claims', [queue, epoch]]] : [];
}

/** Whether the payload of the event is no longer needed. */
export function isFinal({ outcome: { state } }: Change): boolean {
  return state === 'acknowledged' || state === 'dead';
}

/** Whether the result of the event is kept. */
export function hasResult({ event }: Change): boolean {
  return event.retentionMs !== undefined;
}

/** Whether the change may let other events go. `isAwaited`: that of the claim. */
export function letsGo(change: Change, isAwaited: boolean | undefined): boolean {
  return change.event.key !== undefined || (isAwaited === true && hasResult(change));
}

/** Adds the waiting row of an event that will be delivered again. Deletes the payload row of a delayed event that has ended. */
function writesOf({ queue, since }: ClaimRow, change: Change): Write[] {
  const { event, outcome } = change;
  const { seq, at } = event;
  if (isFinal(change)) return typeof at === 'string' ? [['delete', 'late', at]] : [];
  if (outcome.state !== 'ready' && outcome.state !== 'scheduled') return [];
  const isLater = outcome.state === 'scheduled';
  const availableAt = isLater ? outcome.availableAt : event.availableAt;
  const row: WaitingRow = {
    v: ROW_VERSION,
    queue,
    seq,
    at,
    dueAt: isLater ? dueTime(outcome.availableAt) : rankOf(event.priority),
    attempts: outcome.attempts,
    ...(outcome.attempts === 0 && event.key !== undefined && { isDelivered: true }),
    ...(isLater && since !== undefined && { since }),
    ...(availableAt !== undefined && { availableAt }),
    ...(outcome.lastError && { lastError: outcome.lastError }),
    ...(event.key !== undefined && { key: event.key }),
    ...(event.blocks && { blocks: true }),
    ...(event.priority && { priority: event.priority }),
    ...(event.retentionMs && { retentionMs: event.retentionMs }),
  };
  return [['put', 'returned', row]];
}

/** Lets the keys of ended events go on, or blocks them. The rows are unique to this change of the claim. */
function keyWritesOf({ queue, epoch, generation }: ClaimRow, changes: readonly Change[]): Write[] {
  const freed: string[] = [];
  const writes: Write[] = [];
  for (const change of changes) {
    const { key, blocks } = change.event;
    if (key === undefined || !isFinal(change)) continue;
    if (blocks && isDeath(change)) writes.push(['put', 'returned', blockRowOf(queue, key)]);
    else freed.push(key);
  }
  if (freed.length === 0) return writes;
  return [...writes, ['put', 'returned', freedRowOf(queue, `${epoch}.${generation}`, freed)]];
}

/** Lists the events that have ended where others may wait for them. */
function endedWritesOf(
  { queue, epoch, generation, isAwaited }: ClaimRow,
  changes: readonly Change[],
  events: ReadonlyMap<string, EventContent>,
): Write[] {
  const kept = isAwaited ? changes.filter((change) => isFinal(change) && hasResult(change)) : [];
  const ended = kept.flatMap(({ event }) => events.get(positionKey(event))?.eventId ?? []);
  if (ended.length === 0) return [];
  return [['put', 'returned', endedRowOf(queue, `${epoch}.${generation}`, ended)]];
}

/** Whether the event was acknowledged, and is kept with its result. */
function isKept({ event, outcome }: Change): boolean {
  return outcome.state === 'acknowledged' && event.retentionMs !== undefined;
}

/** The results of the events that have ended, of those with a retention. They replace those of the pending events. */
function resultWritesOf(
  changes: readonly Change[],
  events: ReadonlyMap<string, EventContent>,
  now = 0,
): Write[] {
  return changes.flatMap(({ event, outcome }): Write[] => {
    const content = event.retentionMs && events.get(positionKey(event));
    // A result without its event stays pending. The payload row was deleted by another program.
    if (!content || !isFinal({ event, outcome })) return [];
    const { attempts } = event;
    const row =
      outcome.state === 'dead'
        ? deathRowOf(content, outcome)
        : acknowledgedRowOf(content, { ...outcome, attempts }, now);
    return [['put', 'results', row]];
  });
}

/** Whether the write of a row with an event may fail alone, see {@link LARGE_BYTES}. */
export function isLarge(row: unknown): boolean {
  const isBlob = findBlob({ payload: row, metadata: null }) !== undefined;
  return isBlob || estimateBytes([row], LARGE_BYTES) > LARGE_BYTES;
}

function deadRowOf(queue: string, letter: DeadLetter): DeadRow {
  return { v: ROW_VERSION, queue, letter };
}

type DeadChange = Change & { readonly outcome: Death };

function isDeath(change: Change): change is DeadChange {
  return change.outcome.state === 'dead';
}

/** An event without a payload cannot become a dead letter. It becomes ready, and the next claim moves it to quarantine. */
function withPayload(change: Change, events: ReadonlyMap<string, EventContent>): Change {
  if (!isDeath(change) || events.has(positionKey(change.event))) return change;
  const { attempts, lastError } = change.outcome;
  return { ...change, outcome: { state: 'ready', attempts, lastError, availableAt: 0 } };
}

/** A dead letter has its own copy of the payload, so the payload row can be deleted. */
function letterOf(
  { event, outcome }: DeadChange,
  events: ReadonlyMap<string, EventContent>,
): DeadLetter {
  return deadLetterOf(events.get(positionKey(event)) as EventContent, outcome);
}

/** Throws if the next change of `claim` has a guard row although it was not made. That row is foreign, and would block each try. */
export function refuseStrayGuard(claim: ClaimRow, { row, endings }: StoredClaim): void {
  const isGuarded = endings.some(({ generation }) => generation === claim.generation + 1);
  if (isGuarded && row?.generation === claim.generation)
    throw rowError('endings', claim.queue, 'malformed');
}
