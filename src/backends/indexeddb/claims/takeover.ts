import { earliest } from '../../../core/earliest.ts';
import { expire } from '../../../core/lifecycle.ts';
import type { Connection } from '../database/connection.ts';
import type { LeaseMode } from '../database/lease-mode.ts';
import { NO_OWNER, type OwnerLock } from '../liveness/owner-lock.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { unpackSpans } from '../schema/held-spans.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { leasedOf } from './claim-state.ts';
import { type OnClaimUpdated, updateClaimOnce } from './update-claim.ts';

/** What decides when a lease may be taken over. */
export interface TakeoverRules {
  readonly ownerLock: OwnerLock;
  /** Returns the present lease mode. */
  readonly leaseMode: () => LeaseMode;
}

export interface TakeoverOptions extends TakeoverRules {
  readonly connection: Connection;
  readonly queue: string;
  readonly onClaimUpdated: OnClaimUpdated;
  /** The claims of the queue were read. Resolves when every lease that this context has lost is reported. */
  readonly onScan: (snapshot: QueueSnapshot) => Promise<void>;
}

/** Takes over the leases of one queue that have expired or whose owner is gone. */
export class Takeover {
  readonly #options: TakeoverOptions;

  constructor(options: TakeoverOptions) {
    this.#options = options;
  }

  /** When the first lease in the snapshot may be taken over. Infinity if none is left. */
  nextAt({ claims }: QueueSnapshot): number {
    return earliest(claims.map((claim) => this.#firstAbandonedAt(claim)));
  }

  /** Takes the leases that may be taken over. Resolves with whether there were any: the snapshot is then out of date. */
  async run(snapshot: QueueSnapshot, owner: string): Promise<boolean> {
    const { ownerLock, onScan } = this.#options;
    await onScan(snapshot);
    const others = snapshot.claims.filter((claim) => claim.owner !== owner);
    await Promise.all(others.map((claim) => ownerLock.watch(claim.owner)));
    return this.takeBack(snapshot);
  }

  /**
   * Takes the leases that may be taken over, in one transaction a claim. Awaits `pause` before each. Resolves with whether there
   * were any: the snapshot is then out of date.
   */
  async takeBack(snapshot: QueueSnapshot, pause?: () => Promise<void>): Promise<boolean> {
    const abandoned = snapshot.claims.filter(
      (claim) => this.#firstAbandonedAt(claim) <= snapshot.stamp.at,
    );
    for (const claim of abandoned) {
      await pause?.();
      await this.#takeBack(claim, snapshot);
    }
    return abandoned.length > 0;
  }

  /** Changes nothing where another context has changed the claim. The caller scans again. */
  async #takeBack(claim: ClaimRow, { stamp }: QueueSnapshot): Promise<void> {
    const { connection, queue, onClaimUpdated } = this.#options;
    const all = unpackSpans(claim);
    const isKept = ({ expiresAt }: { expiresAt: number }) =>
      takeoverAt(claim, expiresAt, this.#options) > stamp.at;
    const changes = all
      .filter((event) => !isKept(event))
      .map((event) => ({ event, outcome: expire(leasedOf(claim, event), stamp.at) }));
    const held = all.filter(isKept);
    const letters = await updateClaimOnce(connection, { claim, stamp, changes, held });
    if (letters) onClaimUpdated(queue, changes, letters);
  }

  #firstAbandonedAt(claim: ClaimRow): number {
    return firstTakeoverAt(claim, claim.held, this.#options);
  }
}

/** When any context may take over the first of the events that a claim still holds. Infinity if it holds none. */
export function firstTakeoverAt(
  claim: ClaimRow,
  held: readonly { readonly expiresAt: number }[],
  rules: TakeoverRules,
): number {
  return earliest(held.map(({ expiresAt }) => takeoverAt(claim, expiresAt, rules)));
}

/** When any context may take over an event of the claim whose lease expires at `expiresAt`. */
function takeoverAt(
  { owner, holdUntil }: ClaimRow,
  expiresAt: number,
  { ownerLock, leaseMode }: TakeoverRules,
): number {
  if (owner === NO_OWNER) return expiresAt;
  if (ownerLock.isDead(owner)) return Number.NEGATIVE_INFINITY;
  return leaseMode() === 'exclusive' ? Math.max(expiresAt, holdUntil) : expiresAt;
}
