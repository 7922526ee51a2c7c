import type { Failure } from '../core/events/death-reason.ts';

/**
 * The two kinds of due events of a channel. `placed`: never delivered, or returned without a delay. `retries`: delivered
 * before, and due again after a delay. Each kind is delivered in commit order.
 */
export type DueKind = 'placed' | 'retries';

export type DueCounts = Readonly<Record<DueKind, number>>;

/**
 * How many events of each kind a claim of `limit` takes, of the `due` ones. A claim with room for all takes all. Otherwise
 * each kind gets half of the claim, and what one kind leaves goes to the other, so that neither starves the other. The
 * `favored` kind gets the odd event. Pure.
 */
export function splitClaim(limit: number, due: DueCounts, favored: DueKind): DueCounts {
  const half = favored === 'placed' ? Math.ceil(limit / 2) : Math.floor(limit / 2);
  const placed = Math.min(due.placed, Math.max(half, limit - due.retries));
  return { placed, retries: Math.min(due.retries, limit - placed) };
}

/** The favored kind of the next claim: the other one after a claim that had an odd event to give and could not take all. */
export function nextFavored(limit: number, due: DueCounts, favored: DueKind): DueKind {
  const isContested = due.placed > 0 && due.retries > 0 && due.placed + due.retries > limit;
  if (limit % 2 === 0 || !isContested) return favored;
  return favored === 'placed' ? 'retries' : 'placed';
}

/** Of this many places of claims that cannot take all events, one goes to the oldest event whatever its priority. */
const AGED_EVERY = 4;

/**
 * How many places of a claim of `limit` go to the oldest events whatever their priority, so that a steady flow of events with a
 * high priority starves no others. `sinceAged`: the places since the last such one, before and after the claim. Pure.
 */
export function agedPlaces(
  limit: number,
  sinceAged: number,
): { readonly places: number; readonly sinceAged: number } {
  const all = sinceAged + limit;
  return { places: Math.floor(all / AGED_EVERY), sinceAged: all % AGED_EVERY };
}

/**
 * Whether an event that waits, or waited, for a delay was delivered before and failed or was postponed. With a `reason`,
 * whether it failed for this reason.
 */
export function isRetry({ attempts, lastError }: Tried, reason?: 'offline'): boolean {
  if (reason !== undefined) return lastError?.reason === reason;
  return attempts > 0 || (lastError ?? null) !== null;
}

interface Tried {
  readonly attempts: number;
  readonly lastError?: Failure | null;
}
