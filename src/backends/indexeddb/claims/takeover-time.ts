import type { LeaseMode } from '../database/lease-mode.ts';
import type { ClaimRow } from '../schema/schema.ts';

/** The owner of claims whose context has no Web Lock by which others could tell whether it lives. */
export const NO_OWNER = '';

/** From when on anybody may take an event of `claim` back whose lease runs until `expiresAt`. */
export function abandonedAt(
  claim: ClaimRow,
  expiresAt: number,
  leaseMode: LeaseMode,
  isDead: (owner: string) => boolean,
): number {
  if (claim.owner === NO_OWNER) return expiresAt;
  if (isDead(claim.owner)) return Number.NEGATIVE_INFINITY;
  return leaseMode === 'exclusive' ? Math.max(expiresAt, claim.holdUntil) : expiresAt;
}

/** The first of several times; infinity where there are none. Without spreading them: there may be more than a call can take. */
export function earliest(times: readonly number[]): number {
  return times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
}
