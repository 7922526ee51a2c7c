import type { DeadLetter, Settlement } from '../../core/message.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import { amendClaim } from './amend-claim.ts';
import type { Connection, Seen } from './connection.ts';
import { locateEvent } from './locate-event.ts';
import { OwnClaim, type SegmentTally } from './own-claim.ts';
import type { ClaimRow } from './schema.ts';

/** A claim of this context and the settlements that wait for their turn on it. */
interface Entry {
  claim: OwnClaim;
  /** When the database last said that the claim is so. */
  seen: Seen;
  readonly group: GroupCommit<SettleRequest, Settlement>;
}

/**
 * Settles what this context claimed. Settlements of one claim that are asked for together are one transaction;
 * one at a time per claim, so that only another context can be the cause of a conflict.
 */
export class Settling {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #tally: SegmentTally;
  readonly #onSettled: (queue: string, letters: readonly DeadLetter[]) => void;
  /** By event id, the claim under which this context holds it. */
  readonly #entries = new Map<string, Entry>();

  constructor(
    connection: Connection,
    runtime: Runtime,
    tally: SegmentTally,
    onSettled: (queue: string, letters: readonly DeadLetter[]) => void,
  ) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#tally = tally;
    this.#onSettled = onSettled;
  }

  hold(claim: OwnClaim, seen: Seen): void {
    const entry = this.#entryOf(claim, seen);
    for (const eventId of claim.held.keys()) this.#entries.set(eventId, entry);
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return Promise.all(requests.map((request) => this.#settle(request)));
  }

  /** Forgets what is held; what of it is settled yet is found the slow way. */
  forget(): void {
    this.#entries.clear();
  }

  #entryOf(claim: OwnClaim, seen: Seen): Entry {
    const group = new GroupCommit((requests: readonly SettleRequest[]) =>
      this.#commit(entry, requests),
    );
    const entry: Entry = { claim, seen, group };
    return entry;
  }

  async #settle(request: SettleRequest): Promise<Settlement> {
    const { eventId, lease } = request;
    const own = this.#entries.get(eventId);
    if (own?.claim.row.epoch === lease) return own.group.add(request);
    // Delivered by another context, or under a lease that this one has lost.
    const seen = await this.#connection.seen();
    const found = await locateEvent(this.#connection, eventId, lease);
    return found instanceof OwnClaim ? this.#entryOf(found, seen).group.add(request) : found;
  }

  async #commit(entry: Entry, requests: readonly SettleRequest[]): Promise<Settlement[]> {
    const answers = await this.#amend(entry, requests);
    return Promise.all(
      requests.map((request, index) => answers[index] ?? this.#whatBecame(request)),
    );
  }

  async #amend(
    entry: Entry,
    requests: readonly SettleRequest[],
  ): Promise<readonly (Settlement | undefined)[]> {
    for (;;) {
      const { claim } = entry;
      const plan = claim.plan(requests, this.#runtime.now());
      if (!plan.answers.includes('ok')) return plan.answers;
      const seen = await this.#connection.seen();
      const letters = await amendClaim(this.#connection, {
        claim: claim.row,
        seen: entry.seen,
        changes: plan.changes,
        held: [...plan.held.values()],
        spentSegments: this.#tally.spentBy(plan.changes),
      });
      if (letters) {
        this.#tally.settle(plan.changes);
        this.#replace(entry, claim.next(plan));
        entry.seen = seen;
        this.#onSettled(claim.row.queue, letters);
        return plan.answers;
      }
      entry.seen = await this.#connection.seen();
      this.#replace(entry, await this.#reread(claim));
    }
  }

  async #reread(claim: OwnClaim): Promise<OwnClaim> {
    const { queue, epoch } = claim.row;
    const { result } = await this.#connection.read(['claims'], (tx) =>
      tx.objectStore('claims').get([queue, epoch]),
    );
    return claim.refreshed((result as ClaimRow | undefined) ?? { ...claim.row, held: [] });
  }

  #replace(entry: Entry, claim: OwnClaim): void {
    for (const eventId of entry.claim.held.keys())
      if (!claim.held.has(eventId) && this.#entries.get(eventId) === entry)
        this.#entries.delete(eventId);
    entry.claim = claim;
  }

  /** The claim no longer holds the event: is it stored elsewhere, or no more? */
  async #whatBecame({ eventId, lease }: SettleRequest): Promise<Settlement> {
    const found = await locateEvent(this.#connection, eventId, lease);
    return found instanceof OwnClaim ? 'stale' : found;
  }
}
