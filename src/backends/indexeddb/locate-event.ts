import type { Lease } from '../../core/message.ts';
import type { Connection } from './connection.ts';
import { loadEvents } from './load-events.ts';
import { OwnClaim } from './own-claim.ts';
import { isSound } from './row-checks.ts';
import type { ClaimRow, EpochRow, ReturnedRow } from './schema.ts';
import { type HeldEvent, positionKey, unpackSpans } from './spans.ts';
import { CLAIM_STORES, lowWaterOf, requestClaims, soundClaims } from './standing.ts';

/**
 * Finds an event that was delivered once, by its id: the claim that holds it under `lease`, or `stale` where it
 * is stored but not under that lease, or `gone`. The slow way, for leases that this context does not hold:
 * looks at everything that is held or waits again.
 */
export async function locateEvent(
  connection: Connection,
  eventId: string,
  lease: Lease,
): Promise<OwnClaim | 'stale' | 'gone'> {
  const newest = await newestEpochs(connection);
  const found = await connection.read([...CLAIM_STORES, 'returned'], (tx) => ({
    queues: newest.map((row) => requestClaims(tx, row.queue, lowWaterOf(row))),
    returned: tx.objectStore('returned').getAll(),
  }));
  const claims = await Promise.all(
    found.queues.flatMap(soundClaims).map((row) => identify(connection, row)),
  );
  const holder = claims.find(({ held }) => held.has(eventId));
  if (holder) return holder.row.epoch === lease ? holder : 'stale';
  // The queue does not matter here: only the ids are looked at.
  const returned = (found.returned.result as ReturnedRow[]).filter((row) =>
    isSound('returned', row),
  );
  const waiting = await loadEvents(connection, null, returned);
  const isStored = [...waiting.values()].some((event) => event.eventId === eventId);
  return isStored ? 'stale' : 'gone';
}

/** Of each queue that can be used. One read for each: what is kept of a minute's work is passed over. */
async function newestEpochs(connection: Connection): Promise<EpochRow[]> {
  const newest: EpochRow[] = [];
  for (let end: IDBValidKey = [[]]; ; ) {
    const before = IDBKeyRange.upperBound(end, true);
    const { result } = await connection.read(['epochs'], (tx) =>
      tx.objectStore('epochs').openCursor(before, 'prev'),
    );
    if (!result) return newest;
    if (isSound('epochs', result.value)) newest.push(result.value);
    end = [result.value.queue];
  }
}

/** A stored claim with the ids of its events, which its row does not carry. */
async function identify(connection: Connection, row: ClaimRow): Promise<OwnClaim> {
  const spread = unpackSpans(row);
  const events = await loadEvents(connection, row.queue, spread);
  const held = new Map<string, HeldEvent>();
  for (const event of spread) {
    const stored = events.get(positionKey(event));
    if (stored) held.set(stored.eventId, event);
  }
  return new OwnClaim(row, held);
}
