import type { Failure } from '../core/message.ts';

/**
 * A channel's due events stand in two lines. `placed`: never delivered, or returned without a delay; commit order. `retries`:
 * delivered before, and due again after a delay; commit order. Where a claim cannot take both lines whole, each gets half of
 * it, and what one line leaves goes to the other: neither can starve the other, however long it is.
 */
export interface Share {
  readonly placed: number;
  readonly retries: number;
}

/** The line that gets the odd event of a claim. */
export type Turn = 'placed' | 'retries';

/** How many events of each line a claim of `limit` takes, of so many that are due. Pure. */
export function shareClaim(limit: number, due: Share, turn: Turn): Share {
  const half = turn === 'placed' ? Math.ceil(limit / 2) : Math.floor(limit / 2);
  const placed = Math.min(due.placed, Math.max(half, limit - due.retries));
  return { placed, retries: Math.min(due.retries, limit - placed) };
}

/** Whose turn it is after such a claim: an odd one that could not take both lines whole passes it on. */
export function nextTurn(limit: number, due: Share, turn: Turn): Turn {
  const isContested = due.placed > 0 && due.retries > 0 && due.placed + due.retries > limit;
  if (limit % 2 === 0 || !isContested) return turn;
  return turn === 'placed' ? 'retries' : 'placed';
}

/**
 * Of an event that waits for a delay, or did: whether it was delivered before, and failed or was postponed; with a
 * `reason`, whether that was for this reason.
 */
export function isRetry({ attempts, lastError }: Tried, reason?: 'offline'): boolean {
  if (reason !== undefined) return lastError?.reason === reason;
  return attempts > 0 || (lastError ?? null) !== null;
}

interface Tried {
  readonly attempts: number;
  readonly lastError?: Failure | null;
}
