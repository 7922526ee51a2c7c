import { earliest } from '../../../core/earliest.ts';
import { expire } from '../../../core/lifecycle.ts';
import type { Connection } from '../database/connection.ts';
import type { LeaseMode } from '../database/lease-mode.ts';
import type { OwnerLock } from '../liveness/owner-lock.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { unpackSpans } from '../schema/held-spans.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { leasedOf } from './claim-state.ts';
import { takeoverAt } from './takeover-time.ts';
import { type OnClaimUpdated, updateClaimOnce } from './update-claim.ts';

export interface TakeoverOptions {
  readonly connection: Connection;
  readonly queue: string;
  readonly ownerLock: OwnerLock;
  /** The lease mode at the time of the call. */
  readonly leaseMode: () => LeaseMode;
  readonly onClaimUpdated: OnClaimUpdated;
  /** The claims of the queue were read. Resolves when it is reported what of them this context has lost. */
  readonly onScan: (snapshot: QueueSnapshot) => Promise<void>;
}

/** Takes over the leases of one queue that have expired or whose owner is gone. */
export class Takeover {
  readonly #options: TakeoverOptions;

  constructor(options: TakeoverOptions) {
    this.#options = options;
  }

  /** When the next of the leases in `view` may be taken from its owner; infinity where none will be. */
  nextAt({ claims }: QueueSnapshot): number {
    return earliest(claims.map((claim) => this.#firstAbandonedAt(claim)));
  }

  /** Takes what may be taken, and answers whether there was any: the view is then out of date. */
  async run(snapshot: QueueSnapshot, owner: string): Promise<boolean> {
    const { ownerLock, onScan } = this.#options;
    await onScan(snapshot);
    const others = snapshot.claims.filter((claim) => claim.owner !== owner);
    await Promise.all(others.map((claim) => ownerLock.watch(claim.owner)));
    const abandoned = snapshot.claims.filter(
      (claim) => this.#firstAbandonedAt(claim) <= snapshot.stamp.at,
    );
    for (const claim of abandoned) await this.#takeBack(claim, snapshot);
    return abandoned.length > 0;
  }

  /** Changes nothing where another context has changed the claim. The caller scans again. */
  async #takeBack(claim: ClaimRow, { stamp }: QueueSnapshot): Promise<void> {
    const { connection, queue, onClaimUpdated } = this.#options;
    const all = unpackSpans(claim);
    const isKept = ({ expiresAt }: { expiresAt: number }) =>
      this.#takeoverAt(claim, expiresAt) > stamp.at;
    const changes = all
      .filter((event) => !isKept(event))
      .map((event) => ({ event, outcome: expire(leasedOf(claim, event), stamp.at) }));
    const held = all.filter(isKept);
    const letters = await updateClaimOnce(connection, { claim, stamp, changes, held });
    if (letters) onClaimUpdated(queue, changes, letters);
  }

  #firstAbandonedAt(claim: ClaimRow): number {
    return earliest(claim.held.map(({ expiresAt }) => this.#takeoverAt(claim, expiresAt)));
  }

  #takeoverAt(claim: ClaimRow, expiresAt: number): number {
    const { ownerLock, leaseMode } = this.#options;
    return takeoverAt(claim, expiresAt, leaseMode(), (owner) => ownerLock.isDead(owner));
  }
}
