import type { Lease, Settlement } from '../../core/message.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import { amendClaim, type OnAmended, refuseStrayGuard } from './amend-claim.ts';
import { type Connection, isCurrent, type Seen } from './connection.ts';
import type { Liveness } from './liveness.ts';
import { locateEvent } from './locate-event.ts';
import { OwnClaim } from './own-claim.ts';
import type { Remains } from './remains.ts';
import { readClaim } from './standing.ts';

/** A claim of this context and the settlements that wait for their turn on it. */
interface Entry {
  claim: OwnClaim;
  /** Whether it was claimed here; another context's claim stays that context's. */
  readonly isOurs: boolean;
  /** When the database last said that the claim is so. */
  seen: Seen;
  readonly group: GroupCommit<SettleRequest | typeof ADOPT, Settlement>;
}

/** Asks for no change but that the claim bears this context's present name. */
const ADOPT = Symbol('adopt');

export interface SettlingOptions {
  readonly connection: Connection;
  readonly liveness: Liveness;
  readonly runtime: Runtime;
  readonly remains: Remains;
  readonly onAmended: OnAmended;
  /** An event that this context held was taken from it. */
  readonly onLost: (queue: string, eventId: string, lease: Lease) => void;
}

/**
 * Settles what this context claimed. Settlements of one claim that are asked for together are one transaction;
 * one at a time per claim, so that only another context can be the cause of a conflict.
 */
export class Settling {
  readonly #options: SettlingOptions;
  /** By event id, the claim under which this context holds it. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  hold(claim: OwnClaim, seen: Seen): void {
    const entry = this.#entryOf(claim, seen, true);
    for (const eventId of claim.held.keys()) this.#entries.set(eventId, entry);
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return Promise.all(requests.map((request) => this.#settle(request)));
  }

  /** Forgets what is held; what of it is settled yet is found the slow way. */
  forget(): void {
    this.#entries.clear();
  }

  /** After this context was away: whatever nobody has taken meanwhile is held on to, under its new name. */
  async adopt(): Promise<void> {
    const entries = new Set(this.#entries.values());
    await Promise.all([...entries].map(({ group }) => group.add(ADOPT)));
  }

  #entryOf(claim: OwnClaim, seen: Seen, isOurs: boolean): Entry {
    const group = new GroupCommit((requests: readonly (SettleRequest | typeof ADOPT)[]) =>
      this.#commit(entry, requests),
    );
    const entry: Entry = { claim, isOurs, seen, group };
    return entry;
  }

  async #settle(request: SettleRequest): Promise<Settlement> {
    const { eventId, lease } = request;
    const own = this.#entries.get(eventId);
    if (own?.claim.row.epoch === lease) return own.group.add(request);
    // Delivered by another context, or under a lease that this one has lost.
    const seen = await this.#options.connection.seen();
    const found = await locateEvent(this.#options.connection, eventId, lease);
    return found instanceof OwnClaim ? this.#entryOf(found, seen, false).group.add(request) : found;
  }

  async #commit(
    entry: Entry,
    requests: readonly (SettleRequest | typeof ADOPT)[],
  ): Promise<Settlement[]> {
    const settlements = requests.filter((request) => request !== ADOPT);
    const answers = (await this.#amend(entry, settlements)).values();
    return Promise.all(
      requests.map((request) =>
        request === ADOPT ? 'ok' : (answers.next().value ?? this.#whatBecame(request)),
      ),
    );
  }

  async #amend(
    entry: Entry,
    requests: readonly SettleRequest[],
  ): Promise<readonly (Settlement | undefined)[]> {
    const { connection, liveness, runtime, remains, onAmended } = this.#options;
    for (;;) {
      const now = runtime.now();
      const claim = entry.claim.at(now);
      const plan = claim.plan(requests, now);
      const seen = await connection.seen();
      const owner = entry.isOurs ? await liveness.hold() : claim.row.owner;
      const isToBeAdopted = claim.row.owner !== owner && claim.held.size > 0;
      if (!plan.answers.includes('ok') && !isToBeAdopted) return plan.answers;
      const amendment = {
        claim: { ...claim.row, owner },
        seen: entry.seen,
        changes: plan.changes,
        held: [...plan.held.values()],
      };
      // What was seen too long ago decides nothing: the claim is read again first.
      const isKnown = isCurrent(entry.seen, seen);
      const letters = isKnown ? await amendClaim(connection, amendment) : null;
      if (letters) {
        remains.noteSettled(claim.row.queue, plan.changes, seen);
        this.#replace(entry, claim.next(plan, owner));
        entry.seen = seen;
        onAmended(claim.row.queue, plan.changes, letters);
        return plan.answers;
      }
      entry.seen = await connection.seen();
      const known = await this.#reread(claim);
      this.#replace(entry, known);
      this.#tellLost(claim, known);
    }
  }

  #tellLost({ row, held }: OwnClaim, known: OwnClaim): void {
    for (const eventId of held.keys())
      if (!known.held.has(eventId)) this.#options.onLost(row.queue, eventId, row.epoch);
  }

  async #reread(claim: OwnClaim): Promise<OwnClaim> {
    const stored = await readClaim(this.#options.connection, claim.row);
    refuseStrayGuard(claim.row, stored);
    return claim.refreshed(stored.row ?? { ...claim.row, held: [] });
  }

  #replace(entry: Entry, claim: OwnClaim): void {
    for (const eventId of entry.claim.held.keys())
      if (!claim.held.has(eventId) && this.#entries.get(eventId) === entry)
        this.#entries.delete(eventId);
    entry.claim = claim;
  }

  /** The claim no longer holds the event: is it stored elsewhere, or no more? */
  async #whatBecame({ eventId, lease }: SettleRequest): Promise<Settlement> {
    const found = await locateEvent(this.#options.connection, eventId, lease);
    return found instanceof OwnClaim ? 'stale' : found;
  }
}
