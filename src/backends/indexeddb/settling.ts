import type { Lease, Settlement } from '../../core/message.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { GroupCommit } from '../../queue/group-commit.ts';
import { amendClaim, type OnAmended, refuseStrayGuard } from './amend-claim.ts';
import { askClaims, type ClaimAnswer, type ClaimQuestion } from './ask-claims.ts';
import { type Connection, isCurrent, type Seen } from './connection.ts';
import type { Liveness } from './liveness.ts';
import { type Located, locateEvents } from './locate-event.ts';
import { OwnClaim } from './own-claim.ts';
import { RefusedError } from './refused-values.ts';
import type { Remains } from './remains.ts';
import type { Position } from './schema.ts';
import { holdsPlace, positionKey } from './spans.ts';
import type { ClaimKey } from './standing.ts';

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

/** A request about an event that no claim of this context holds, and where the event lies. */
interface Elsewhere {
  readonly request: SettleRequest;
  readonly queue: string;
  readonly place: Position;
}

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
 * one at a time per claim, so that only another context can be the cause of a conflict. Of events that this context
 * does not hold, or no longer, the database is asked in groups, too.
 */
export class Settling {
  readonly #options: SettlingOptions;
  /** What this context holds, by {@link keyOf}. A claim that holds nothing any longer is not kept. */
  readonly #entries = new Map<string, Entry>();
  readonly #questions: GroupCommit<ClaimQuestion, ClaimAnswer>;
  readonly #elsewhere: GroupCommit<Elsewhere, Settlement>;
  readonly #search: GroupCommit<SettleRequest, Located>;

  constructor(options: SettlingOptions) {
    this.#options = options;
    const { connection } = options;
    this.#questions = new GroupCommit((questions) => askClaims(connection, questions));
    this.#elsewhere = new GroupCommit((asked) => this.#settleElsewhere(asked));
    this.#search = new GroupCommit((requests) => locateEvents(connection, requests));
  }

  hold(claim: OwnClaim, seen: Seen): void {
    if (claim.held.size > 0) this.#entries.set(keyOf(claim.row), this.#entryOf(claim, seen, true));
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
    const entries = [...this.#entries.values()];
    await Promise.all(entries.map(({ group }) => group.add(ADOPT)));
  }

  #entryOf(claim: OwnClaim, seen: Seen, isOurs: boolean): Entry {
    const group = new GroupCommit(
      (requests: readonly (SettleRequest | typeof ADOPT)[]) => this.#commit(entry, requests),
      { mayConcernOne: (error) => error instanceof RefusedError },
    );
    const entry: Entry = { claim, isOurs, seen, group };
    return entry;
  }

  #settle(request: SettleRequest): Promise<Settlement> {
    const own = this.#holderOf(request);
    return own ? own.group.add(request) : this.#settleUnheld(request);
  }

  #holderOf({ eventId, lease, channel }: SettleRequest): Entry | undefined {
    const ofChannel = channel && this.#entries.get(keyOf({ queue: channel, epoch: lease }));
    if (ofChannel) return ofChannel.claim.held.has(eventId) ? ofChannel : undefined;
    if (channel) return undefined;
    return [...this.#entries.values()].find(
      ({ claim }) => claim.row.epoch === lease && claim.held.has(eventId),
    );
  }

  /** Delivered by another context, or under a lease that this one has lost. */
  async #settleUnheld(request: SettleRequest): Promise<Settlement> {
    const { channel: queue, place } = request;
    if (queue && place) return this.#elsewhere.add({ request, queue, place: place as Position });
    const located = await this.#search.add(request);
    return typeof located === 'string' ? located : this.#elsewhere.add({ request, ...located });
  }

  async #settleElsewhere(asked: readonly Elsewhere[]): Promise<Settlement[]> {
    const seen = await this.#options.connection.seen();
    const questions = asked.map(({ request: { lease: epoch }, queue, place }) => {
      return { queue, epoch, asked: [place] };
    });
    const answers = await askClaims(this.#options.connection, questions);
    const names = new Map(asked.map(({ request, place }) => [positionKey(place), request.eventId]));
    const entries = new Map<string, Entry>();
    const settlements = asked.map(({ request, place }, index) => {
      const { row, stored } = answers[index] as ClaimAnswer;
      if (!row || !holdsPlace(row, place)) return stored.has(positionKey(place)) ? 'stale' : 'gone';
      const key = keyOf(row);
      const entry = entries.get(key) ?? this.#entryOf(OwnClaim.of(row, names), seen, false);
      entries.set(key, entry);
      return entry.group.add(request);
    });
    return Promise.all(settlements);
  }

  async #commit(
    entry: Entry,
    requests: readonly (SettleRequest | typeof ADOPT)[],
  ): Promise<Settlement[]> {
    const settlements = requests.filter((request) => request !== ADOPT);
    const answers = (await this.#amend(entry, settlements)).values();
    return Promise.all(
      requests.map((request) => {
        if (request === ADOPT) return 'ok';
        const answer = answers.next().value;
        if (answer) return answer;
        // Settled, or lost, while it waited for its turn.
        return entry.isOurs ? this.#settleUnheld(request) : 'gone';
      }),
    );
  }

  async #amend(
    entry: Entry,
    requests: readonly SettleRequest[],
  ): Promise<readonly (Settlement | undefined)[]> {
    const { connection, liveness, runtime, remains, onAmended } = this.#options;
    const fates = new Map<string, Settlement>();
    for (;;) {
      const now = runtime.now();
      const claim = entry.claim.at(now);
      const plan = claim.plan(requests, now);
      const answers = plan.answers.map(
        (answer, index) => answer ?? fates.get(requests[index]?.eventId as string),
      );
      const seen = await connection.seen();
      const owner = entry.isOurs ? await liveness.hold() : claim.row.owner;
      const isToBeAdopted = claim.row.owner !== owner && claim.held.size > 0;
      if (!plan.answers.includes('ok') && !isToBeAdopted) return answers;
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
        return answers;
      }
      await this.#readAgain(entry, claim, requests, fates);
    }
  }

  /** Somebody else has changed the claim, or may have. Adds to `fates` what became of those requested events that it has lost. */
  async #readAgain(
    entry: Entry,
    claim: OwnClaim,
    requests: readonly SettleRequest[],
    fates: Map<string, Settlement>,
  ): Promise<void> {
    entry.seen = await this.#options.connection.seen();
    const { queue, epoch } = claim.row;
    const asked = requests.flatMap(({ eventId }) => claim.held.get(eventId) ?? []);
    const answer = await this.#questions.add({ queue, epoch, asked });
    refuseStrayGuard(claim.row, answer);
    const known = claim.refreshed(answer.row ?? { ...claim.row, held: [] });
    for (const { eventId } of requests) {
      const place = claim.held.get(eventId);
      if (place && !known.held.has(eventId))
        fates.set(eventId, answer.stored.has(positionKey(place)) ? 'stale' : 'gone');
    }
    this.#replace(entry, known);
    this.#tellLost(claim, known);
  }

  #tellLost({ row, held }: OwnClaim, known: OwnClaim): void {
    for (const eventId of held.keys())
      if (!known.held.has(eventId)) this.#options.onLost(row.queue, eventId, row.epoch);
  }

  #replace(entry: Entry, claim: OwnClaim): void {
    entry.claim = claim;
    const key = keyOf(claim.row);
    if (claim.held.size === 0 && this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}

function keyOf({ queue, epoch }: ClaimKey): string {
  return `${epoch} ${queue}`;
}
