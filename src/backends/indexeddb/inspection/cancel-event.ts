import type { Settlement } from '../../../core/events/message.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import { readClaims } from '../cleanup/read-claims.ts';
import type { Connection } from '../database/connection.ts';
import type { Write } from '../database/transactions.ts';
import { readCancelled } from '../scanning/cancelled-events.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  ofQueue,
  ofQueueFrom,
  requestClaims,
  storedLowWater,
} from '../scanning/claim-table.ts';
import { checkInlineClaim, inlineClaimOf } from '../scanning/inline-claims.ts';
import { isBounded } from '../scanning/large-claims.ts';
import { fewRowsAtATime, loadEvents, PAYLOAD_ROWS } from '../scanning/load-events.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { type QueueSnapshot, scanDecisions } from '../scanning/queue-snapshot.ts';
import { comparePositions, holdsPlace, positionKey, unpackSpans } from '../schema/held-spans.ts';
import { endedRowOf, freedRowOf } from '../schema/key-rows.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { cancelledRowOf } from '../schema/result-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import type { EpochRow, Position, WaitingRow } from '../schema/schema.ts';
import type { MoveLettersParts } from './move-letters.ts';
import { type Found, type Place, SeenPlaces } from './seen-places.ts';

/** How many rows without payloads one step of the search reads. */
const SMALL_ROWS = 256;

/**
 * Cancels an event that no context leases. A search finds its place, in steps that read few rows each. Then one decision
 * under the next epoch of the queue deletes the row of a waiting event, or adds a row that excludes an event of a segment
 * from claims. A context that claims the event adds the same epoch, so one of both fails and reads again.
 */
export async function cancelEvent(
  parts: MoveLettersParts,
  queue: string,
  eventId: string,
): Promise<Settlement> {
  const { connection, claimers, report } = parts;
  for (;;) {
    const known = SeenPlaces.of(connection).take(queue, eventId);
    const found = known ?? (await findEvent(parts, queue, eventId));
    if (typeof found === 'string') return found;
    if (!found) continue;
    const answer = await claimers
      .use(queue)
      .decide(1, () => cancelAt(parts, queue, eventId, found));
    if (answer === null || (known && answer !== 'ok')) continue;
    if (answer === 'ok') report({ type: 'cancelled', channel: queue, eventId });
    return answer;
  }
}

/**
 * Finds an event that existed when the search began. An event that was leased then, or is leased while the search runs, is
 * `stale`. Resolves with undefined where another decision than a claim was made meanwhile, which may have moved the event.
 */
async function findEvent(
  { connection, onGroups }: MoveLettersParts,
  queue: string,
  eventId: string,
): Promise<Found | 'stale' | 'gone' | undefined> {
  const snapshot = await readClaims(connection, queue);
  const { newest, stamp } = snapshot;
  if (newest.copiedSeq !== undefined) onGroups(queue);
  const place =
    (await findWaiting(connection, queue, eventId, stamp.period)) ??
    (await findFresh(connection, snapshot, eventId));
  if (place) return { place, period: stamp.period };
  const { rows } = await scanDecisions(connection, queue, newest.epoch, stamp.at);
  // A missing epoch was deleted as a guard row that no context needs, because this search took too long.
  const areClaims = rows.every(
    (row, index) => row.epoch === newest.epoch + 1 + index && checkInlineClaim(row) === 'ok',
  );
  if (!areClaims) return undefined;
  for (const claim of [...snapshot.claims, ...rows.map(inlineClaimOf)])
    if (await isBounded(connection, claim))
      if (await findAt(connection, queue, unpackSpans(claim), eventId)) return 'stale';
  return 'gone';
}

/** The first of these places that has the event. */
async function findAt(
  connection: Connection,
  queue: string,
  places: readonly Position[],
  eventId: string,
  passed?: (eventId: string, place: Place) => void,
): Promise<Place | undefined> {
  for (const few of fewRowsAtATime(places)) {
    const events = await loadEvents(connection, queue, few);
    for (const one of passed ? few : []) {
      const event = events.get(positionKey(one));
      if (event) passed?.(event.eventId, { ...one, retentionMs: event.retentionMs });
    }
    const place = few.find((one) => events.get(positionKey(one))?.eventId === eventId);
    if (place) return { ...place, retentionMs: events.get(positionKey(place))?.retentionMs };
  }
  return undefined;
}

async function findWaiting(
  connection: Connection,
  queue: string,
  eventId: string,
  period: number,
): Promise<Place | undefined> {
  const seen = SeenPlaces.of(connection);
  const passed = (id: string, { seq, at, retentionMs }: Place) => {
    if (id !== eventId) seen.note(queue, id, { place: { seq, at, retentionMs }, period });
  };
  for (let range = ofQueue(queue); ; ) {
    const { result } = await connection.read(['returned'], (tx) =>
      tx.objectStore('returned').getAll(range, SMALL_ROWS),
    );
    const rows = result as WaitingRow[];
    const sound = rows.filter((row) => isSound('returned', row));
    const place = await findAt(connection, queue, sound, eventId, passed);
    const last = rows.at(-1);
    if (place || !last || rows.length < SMALL_ROWS) return place;
    range = IDBKeyRange.bound(keyOfWaiting(last), [queue, []], true);
  }
}

/**
 * Searches the segments from the cursor on. Events that were cancelled before are left out: another one may have their id. The
 * searches after the first one read twice as far as they must, so that many cancels search a logarithmic number of times.
 */
async function findFresh(
  connection: Connection,
  { queue, newest, stamp: { period } }: QueueSnapshot,
  eventId: string,
): Promise<Place | undefined> {
  const seen = SeenPlaces.of(connection);
  const isRepeated = !seen.isEmpty;
  const cancelled = await readCancelled(connection, newest);
  let place: Place | undefined;
  let pagesLeft = Number.POSITIVE_INFINITY;
  for (let range = ofQueueFrom(queue, newest.cursor.seq), pages = 1; pagesLeft > 0; pages += 1) {
    const { result } = await connection.read(['segments'], (tx) =>
      tx.objectStore('segments').index('fresh').getAll(range, PAYLOAD_ROWS),
    );
    const rows = result as Required<SegmentRow>[];
    for (const one of freshIn(rows, newest, cancelled)) {
      if (one.eventId === eventId) place ??= one.place;
      else seen.note(queue, one.eventId, { place: one.place, period });
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAYLOAD_ROWS || (place && !seen.hasRoom)) return place;
    if (place) pagesLeft = isRepeated ? Math.min(pagesLeft - 1, pages) : 0;
    range = IDBKeyRange.bound([queue, last.seq], [queue, []], true, true);
  }
  return place;
}

/** The events of segments that no claim has passed and no cancel has removed. Segments that are still to be copied to groups are left out. */
function* freshIn(
  rows: readonly Required<SegmentRow>[],
  { cursor, copiedSeq = Number.POSITIVE_INFINITY }: EpochRow,
  cancelled: ReadonlySet<string> | undefined,
): Generator<{ readonly eventId: string; readonly place: Place }> {
  const ofQueue = rows.filter((row) => isSound('segments', row) && row.seq < copiedSeq);
  for (const { seq, ids, retentions } of ofQueue)
    for (const [at, eventId] of ids.entries())
      if (comparePositions({ seq, at }, cursor) >= 0 && !cancelled?.has(positionKey({ seq, at })))
        yield { eventId, place: { seq, at, retentionMs: retentions?.[at] } };
}

/** Resolves with undefined where another context was first, and with null where another database may be in use since the search. */
async function cancelAt(
  { connection, onGroups }: MoveLettersParts,
  queue: string,
  eventId: string,
  { place, period }: Found,
): Promise<Settlement | null | undefined> {
  const { seq, at } = place;
  const key = [queue, seq, at];
  const stamp = await connection.stamp();
  if (stamp.period !== period) return null;
  const from = await storedLowWater(connection, queue);
  const found = await connection.read([...CLAIM_STORES, 'returned', 'cancelled'], (tx) => ({
    ...requestClaims(tx, queue, from),
    waiting: tx.objectStore('returned').index('place').getAll(key),
    cancelled: tx.objectStore('cancelled').count(key),
  }));
  const table = claimTableOf(queue, found, from);
  const { newest, claims } = table;
  if (newest.copiedSeq !== undefined) onGroups(queue);
  const epoch = nextEpoch(table, stamp.at);
  const waiting = (found.waiting.result as WaitingRow[]).find((row) => isSound('returned', row));
  const { retentionMs = 0 } = place;
  const writes: Write[] = [];
  if (retentionMs > 0) {
    const row = cancelledRowOf({ channel: queue, eventId, retentionMs }, stamp.at);
    writes.push(['put', 'results', row]);
    if (newest.isAwaited)
      writes.push(['put', 'returned', endedRowOf(queue, String(epoch.epoch), [eventId])]);
  }
  if (waiting) {
    writes.push(['delete', 'returned', keyOfWaiting(waiting)], ['add', 'epochs', epoch]);
    if (typeof at === 'string') writes.unshift(['delete', 'late', at]);
    const { key } = waiting;
    if (key !== undefined)
      writes.unshift(['put', 'returned', freedRowOf(queue, String(epoch.epoch), [key])]);
  } else if (typeof at === 'number' && comparePositions(place, newest.cursor) >= 0) {
    if (found.cancelled.result > 0) return 'gone';
    const cancelledSeq = Math.max(seq, newest.cancelledSeq ?? 0);
    writes.push(['put', 'cancelled', { v: ROW_VERSION, queue, seq, at }]);
    writes.push(['add', 'epochs', { ...epoch, cancelledSeq }]);
  } else return claims.some((claim) => holdsPlace(claim, place)) ? 'stale' : 'gone';
  return (await connection.decide(stamp, writes)) ? 'ok' : undefined;
}
