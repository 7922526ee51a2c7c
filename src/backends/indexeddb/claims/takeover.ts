import { expire } from '../../../core/events/lifecycle.ts';
import { earliest } from '../../../core/runtime/earliest.ts';
import type { Connection } from '../database/connection.ts';
import type { LeaseMode } from '../database/lease-mode.ts';
import { NO_OWNER, type OwnerLock } from '../liveness/owner-lock.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { type HeldEvent, unpackSpans } from '../schema/held-spans.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { leasedOf } from './claim-state.ts';
import { type OnClaimUpdated, updateClaimOnce } from './update-claim.ts';

/** What decides when a lease may be taken over. */
export interface TakeoverRules {
  readonly ownerLock: OwnerLock;
  /** The configured mode. A context that cannot see whether an owner lives waits as if it did. */
  readonly leaseMode: LeaseMode;
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

  /** {@link takeBack}, after the leases that this context has lost are reported and it is known which owners live. */
  async run(snapshot: QueueSnapshot, owner: string): Promise<boolean> {
    const { ownerLock, onScan } = this.#options;
    await onScan(snapshot);
    const others = snapshot.claims.filter((claim) => claim.owner !== owner);
    await Promise.all(others.map((claim) => ownerLock.watch(claim.owner)));
    return this.takeBack(snapshot);
  }

  /**
   * Takes the leases that may be taken over, in one transaction a claim. Awaits `pause` before each. Resolves with whether any
   * claim was taken over: the snapshot is then out of date. A claim that fails does not stop the others. Rejects with its error
   * if no other claim was taken over, so the error is reported by the call that finds nothing else to do.
   */
  async takeBack(snapshot: QueueSnapshot, pause?: () => Promise<void>): Promise<boolean> {
    let isTaken = false;
    let failure: unknown;
    for (const claim of snapshot.claims) {
      if (this.#firstAbandonedAt(claim) > snapshot.stamp.at) continue;
      await pause?.();
      try {
        await this.#takeBack(claim, snapshot);
        isTaken = true;
      } catch (error) {
        failure = error;
      }
    }
    if (failure && !isTaken) throw failure;
    return isTaken;
  }

  /**
   * Changes nothing where another context has changed the claim; the caller scans again. If a payload of a dead letter cannot
   * be read or stored, the dead letters stay in the claim and the other events are taken.
   */
  async #takeBack(claim: ClaimRow, { stamp }: QueueSnapshot): Promise<void> {
    const { connection, onClaimUpdated } = this.#options;
    const all = unpackSpans(claim);
    const outcomeOf = (event: HeldEvent) => expire(leasedOf(claim, event), stamp.at);
    const isAbandoned = ({ expiresAt }: HeldEvent) =>
      takeoverAt(claim, expiresAt, this.#options) <= stamp.at;
    const take = async (isTaken: (event: HeldEvent) => boolean) => {
      const changes = all.filter(isTaken).map((event) => ({ event, outcome: outcomeOf(event) }));
      const held = all.filter((event) => !isTaken(event));
      const letters = await updateClaimOnce(connection, { claim, stamp, changes, held });
      if (letters) onClaimUpdated(claim, changes, letters);
    };
    try {
      await take(isAbandoned);
    } catch (error) {
      const isLiving = (event: HeldEvent) =>
        isAbandoned(event) && outcomeOf(event).state !== 'dead';
      if (!all.some(isLiving)) throw error;
      await take(isLiving);
    }
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
  return leaseMode === 'exclusive' ? Math.max(expiresAt, holdUntil) : expiresAt;
}
