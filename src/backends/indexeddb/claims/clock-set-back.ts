import { clockShift } from '../../../core/runtime/clock-shift.ts';
import type { Connection } from '../database/connection.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { type ClaimRow, dueTime, type WaitingRow } from '../schema/schema.ts';
import { nextEpoch } from './next-epoch.ts';
import { rewriteClaim } from './update-claim.ts';

/**
 * Moves stored times that a clock computed before it was set back to the present clock, once and for all contexts.
 * Resolves with whether there were any; the snapshot is then out of date. The change is guarded like every decision, so
 * of several contexts that try it one succeeds, and no older claim decides anything. No event is delivered by it.
 */
export async function followClock(
  connection: Connection,
  snapshot: QueueSnapshot,
): Promise<boolean> {
  const { stamp, claims } = snapshot;
  const isAhead = (now: number) => (row: ClaimRow | WaitingRow) => clockShift(row.since, now) < 0;
  if (![...claims, ...snapshot.ahead].some(isAhead(stamp.at))) return false;
  // The context may have been stopped after it took the stamp. The rows that it read afterwards may be younger than the stamp.
  const { at: now } = await connection.stamp();
  const moved = claims.filter(isAhead(now));
  const ahead = snapshot.ahead.filter(isAhead(now));
  // At its next settlement the owner finds its claim changed, and goes on under the same token.
  for (const claim of moved) await rewriteClaim(connection, claimAt(claim, now), stamp);
  if (ahead.length > 0)
    await connection.decide(stamp, [
      ...ahead.map((row) => ['delete', 'returned', keyOfWaiting(row)] as const),
      ...ahead.map((row) => ['put', 'returned', returnedAt(row, now)] as const),
      ['add', 'epochs', nextEpoch(snapshot, now)],
    ]);
  return moved.length + ahead.length > 0;
}

/** A claim with the times that its waits have by a clock that shows `now`. */
export function claimAt(claim: ClaimRow, now: number): ClaimRow {
  const shiftMs = clockShift(claim.since, now);
  if (shiftMs === 0) return claim;
  const held = claim.held.map((span) => ({ ...span, expiresAt: span.expiresAt + shiftMs }));
  return { ...claim, held, holdUntil: claim.holdUntil + shiftMs, since: now };
}

function returnedAt(row: WaitingRow, now: number): WaitingRow {
  // The result is never before now, although in a foreign row the due time may be before the start of the wait.
  const dueAt = dueTime(Math.max(now, row.dueAt + clockShift(row.since, now)));
  return {
    ...row,
    dueAt,
    since: now,
    ...(row.availableAt !== undefined && { availableAt: dueAt }),
  };
}
