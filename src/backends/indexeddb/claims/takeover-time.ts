import type { LeaseMode } from '../database/lease-mode.ts';
import { NO_OWNER } from '../liveness/owner-lock.ts';
import type { ClaimRow } from '../schema/schema.ts';

/** The time from which any context may take over an event of `claim` whose lease ends at `expiresAt`. */
export function takeoverAt(
  claim: ClaimRow,
  expiresAt: number,
  leaseMode: LeaseMode,
  isDead: (owner: string) => boolean,
): number {
  if (claim.owner === NO_OWNER) return expiresAt;
  if (isDead(claim.owner)) return Number.NEGATIVE_INFINITY;
  return leaseMode === 'exclusive' ? Math.max(expiresAt, claim.holdUntil) : expiresAt;
}
