import { expire } from '../../../core/lifecycle.ts';
import { abandonedAt, earliest } from './takeover-time.ts';
import { amendOnce, type OnAmended } from './update-claim.ts';
import type { Connection } from '../database/connection.ts';
import type { LeaseMode } from '../database/lease-mode.ts';
import type { Liveness } from '../liveness/owner-lock.ts';
import { leasedOf } from './claim-state.ts';
import type { QueueView } from '../scanning/queue-snapshot.ts';
import type { ClaimRow } from '../schema/schema.ts';
import { unpackSpans } from '../schema/held-spans.ts';

export interface TakeBackOptions {
  readonly connection: Connection;
  readonly queue: string;
  readonly liveness: Liveness;
  /** As it holds at the moment. */
  readonly leaseMode: () => LeaseMode;
  readonly onAmended: OnAmended;
  /** The claims of the queue were read. Resolves when it is reported what of them this context has lost. */
  readonly onLook: (view: QueueView) => Promise<void>;
}

/** Takes leases of one queue from owners that nobody protects any longer. */
export class TakeBack {
  readonly #options: TakeBackOptions;

  constructor(options: TakeBackOptions) {
    this.#options = options;
  }

  /** When the next of the leases in `view` may be taken from its owner; infinity where none will be. */
  nextAt({ claims }: QueueView): number {
    return earliest(claims.map((claim) => this.#firstAbandonedAt(claim)));
  }

  /** Takes what may be taken, and answers whether there was any: the view is then out of date. */
  async run(view: QueueView, owner: string): Promise<boolean> {
    const { liveness, onLook } = this.#options;
    await onLook(view);
    const others = view.claims.filter((claim) => claim.owner !== owner);
    await Promise.all(others.map((claim) => liveness.watch(claim.owner)));
    const abandoned = view.claims.filter((claim) => this.#firstAbandonedAt(claim) <= view.seen.at);
    for (const claim of abandoned) await this.#takeBack(claim, view);
    return abandoned.length > 0;
  }

  /** Where it fails somebody else has changed the claim: look again. */
  async #takeBack(claim: ClaimRow, { seen }: QueueView): Promise<void> {
    const { connection, queue, onAmended } = this.#options;
    const all = unpackSpans(claim);
    const isKept = ({ expiresAt }: { expiresAt: number }) =>
      this.#abandonedAt(claim, expiresAt) > seen.at;
    const changes = all
      .filter((event) => !isKept(event))
      .map((event) => ({ event, outcome: expire(leasedOf(claim, event), seen.at) }));
    const held = all.filter(isKept);
    const letters = await amendOnce(connection, { claim, seen, changes, held });
    if (letters) onAmended(queue, changes, letters);
  }

  #firstAbandonedAt(claim: ClaimRow): number {
    return earliest(claim.held.map(({ expiresAt }) => this.#abandonedAt(claim, expiresAt)));
  }

  #abandonedAt(claim: ClaimRow, expiresAt: number): number {
    const { liveness, leaseMode } = this.#options;
    return abandonedAt(claim, expiresAt, leaseMode(), (owner) => liveness.isDead(owner));
  }
}
