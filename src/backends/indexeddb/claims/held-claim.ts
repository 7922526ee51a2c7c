import type { Lease, Settlement } from '../../../core/events/message.ts';
import { codeOf } from '../../../core/reports/errors.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { SettleRequest } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { Connection } from '../database/connection.ts';
import { isCurrent, type ReadStamp } from '../database/read-stamp.ts';
import { RefusedError } from '../database/refused-values.ts';
import type { ClaimAnswer, ClaimQuery } from '../scanning/claim-reader.ts';
import { positionKey } from '../schema/held-spans.ts';
import type { ClaimState } from './claim-state.ts';
import { firstTakeoverAt, type TakeoverRules } from './takeover.ts';
import { type Change, type OnClaimUpdated, refuseStrayGuard, updateClaim } from './update-claim.ts';

/**
 * The time in which this context uses one database. After the site's data was cleared, the next database counts its claims and
 * segments from the start again, so that a claim and a place of an ended era may be those of other events there.
 */
export interface Era {
  /** The first period of the connection in it. */
  readonly from: number;
  isOver: boolean;
}

export interface HeldClaimOptions extends TakeoverRules {
  readonly connection: Connection;
  readonly runtime: Runtime;
  /** Deletes segments of which every event is settled. */
  readonly spentSegments: {
    noteSettled(queue: string, changes: readonly Change[], stamp: ReadStamp): void;
  };
  readonly onClaimUpdated: OnClaimUpdated;
  /** Called when this context has lost the lease of an event. */
  readonly onLost: (queue: string, eventId: string, lease: Lease) => void;
  readonly ask: (question: ClaimQuery) => Promise<ClaimAnswer>;
  /** Settles an event that the claim does not hold. */
  readonly settleUnheld: (request: SettleRequest, era: Era) => Promise<Settlement>;
}

/**
 * A change of a claim without a settlement. `adopt` writes the present owner name of this context into the claim. `verify`
 * reads the claim again, so that lost leases are reported.
 */
export type Upkeep = 'adopt' | 'verify';

/**
 * A claim whose events this context settles. Concurrent settlements are one transaction. One transaction runs at a time, so
 * only another context can cause a conflict.
 */
export class HeldClaim {
  readonly #options: HeldClaimOptions;
  /** Whether this context made the claim. The claim of another context keeps its owner. */
  readonly #isOurs: boolean;
  readonly #era: Era;
  readonly #onEmpty: () => void;
  readonly #group: GroupCommit<SettleRequest | Upkeep, Settlement>;
  #claim: ClaimState;
  /** The time of the last read or write that confirmed this state. */
  #stamp: ReadStamp;
  #verifying: Promise<void> | undefined;

  /** `onEmpty` is called when the claim holds no event. It is absent for the claim of another context. */
  constructor(
    options: HeldClaimOptions,
    claim: ClaimState,
    stamp: ReadStamp,
    era: Era,
    onEmpty?: () => void,
  ) {
    this.#options = options;
    this.#claim = claim;
    this.#stamp = stamp;
    this.#era = era;
    this.#isOurs = onEmpty !== undefined;
    this.#onEmpty = onEmpty ?? ignore;
    this.#group = new GroupCommit(
      (requests: readonly (SettleRequest | Upkeep)[]) => this.#commit(requests),
      { mayConcernOne },
    );
  }

  get generation(): number {
    return this.#claim.row.generation;
  }

  get isEmpty(): boolean {
    return this.#claim.held.size === 0;
  }

  /** When the first lease of the claim may be taken over. */
  get takeoverAt(): number {
    const { row, held } = this.#claim.at(this.#options.runtime.now());
    return firstTakeoverAt(row, [...held.values()], this.#options);
  }

  holds(eventId: string): boolean {
    return this.#claim.held.has(eventId);
  }

  /** Reports all leases of the claim as lost. */
  reportLost(): void {
    this.#reportLost(this.#claim);
  }

  settle(request: SettleRequest): Promise<Settlement> {
    return this.#group.add(request);
  }

  async keepUp(upkeep: Upkeep): Promise<void> {
    await this.#group.add(upkeep);
  }

  /** Reads the claim again, unless a read is pending. Never rejects. The next settlement reports an error. */
  verify(): Promise<void> {
    this.#verifying ??= this.keepUp('verify')
      .catch(ignore)
      .finally(() => {
        this.#verifying = undefined;
      });
    return this.#verifying;
  }

  async #commit(requests: readonly (SettleRequest | Upkeep)[]): Promise<Settlement[]> {
    const settlements = requests.filter((request): request is SettleRequest => !isUpkeep(request));
    const answers = (await this.#amend(settlements, requests.includes('verify'))).values();
    return Promise.all(
      requests.map((request) => {
        if (isUpkeep(request)) return 'ok';
        const answer = answers.next().value;
        if (answer) return answer;
        // The lease was settled or lost while the call waited.
        return this.#isOurs ? this.#options.settleUnheld(request, this.#era) : 'gone';
      }),
    );
  }

  /** Resolves with the answers. An answer is undefined if the claim did not hold the event. */
  async #amend(
    requests: readonly SettleRequest[],
    isDoubted: boolean,
  ): Promise<readonly (Settlement | undefined)[]> {
    const { connection, ownerLock, runtime, spentSegments, onClaimUpdated } = this.#options;
    const fates = new Map<string, Settlement>();
    if (isDoubted && !this.isEmpty) await this.#readAgain(this.#claim, requests, fates, false);
    for (;;) {
      // What was read may be a claim of the next database.
      if (this.#era.isOver) return requests.map(() => 'gone');
      const now = runtime.now();
      const claim = this.#claim.at(now);
      const plan = claim.plan(requests, now);
      const answers = plan.answers.map(
        (answer, index) => answer ?? fates.get(requests[index]?.eventId as string),
      );
      const stamp = await connection.stamp();
      const owner = this.#isOurs ? await ownerLock.hold() : claim.row.owner;
      const isToBeAdopted = claim.row.owner !== owner && claim.held.size > 0;
      if (!plan.answers.includes('ok') && !isToBeAdopted) return answers;
      const update = {
        claim: { ...claim.row, owner },
        stamp: this.#stamp,
        changes: plan.changes,
        held: [...plan.held.values()],
        now,
      };
      // No decision is based on an old read, so the claim is read again first.
      const mayBeTaken = this.#hasExpiredSince(requests, now);
      const isKnown = isCurrent(this.#stamp, stamp) && !mayBeTaken;
      const letters = isKnown ? await updateClaim(connection, update) : null;
      if (letters) {
        spentSegments.noteSettled(claim.row.queue, plan.changes, stamp);
        this.#stamp = stamp;
        this.#replace(claim.next(plan, owner));
        onClaimUpdated(claim.row, plan.changes, letters);
        return answers;
      }
      await this.#readAgain(claim, requests, fates, isKnown || mayBeTaken);
    }
  }

  /** Whether the lease of a requested event has expired since the claim was last read. Any context may have taken it over. */
  #hasExpiredSince(requests: readonly SettleRequest[], now: number): boolean {
    const { at } = this.#stamp;
    return requests.some(({ eventId }) => {
      const { expiresAt = now + 1 } = this.#claim.held.get(eventId) ?? {};
      return expiresAt <= now && at < expiresAt;
    });
  }

  /** Reads a claim that another context has changed or may have changed. Adds to `fates` the answer for each requested event that was lost. */
  async #readAgain(
    claim: ClaimState,
    requests: readonly SettleRequest[],
    fates: Map<string, Settlement>,
    isLikelyLost: boolean,
  ): Promise<void> {
    const stamp = await this.#options.connection.stamp();
    const { queue, epoch } = claim.row;
    const asked = requests.flatMap(({ eventId }) => claim.held.get(eventId) ?? []);
    const answer = await this.#options.ask({ queue, epoch, asked, isLikelyLost });
    refuseStrayGuard(claim.row, answer);
    const known = claim.refreshed(answer.row ?? { ...claim.row, held: [] });
    for (const { eventId } of requests) {
      const place = claim.held.get(eventId);
      if (place && !known.held.has(eventId))
        fates.set(eventId, answer.stored.has(positionKey(place)) ? 'stale' : 'gone');
    }
    // Not before the read: if the read fails, the old state must not get a stamp under which it would count as current.
    this.#stamp = stamp;
    this.#replace(known);
    this.#reportLost(claim, known.held);
  }

  #reportLost(
    { row: { queue, epoch }, held }: ClaimState,
    kept?: ReadonlyMap<string, unknown>,
  ): void {
    for (const eventId of held.keys())
      if (!kept?.has(eventId)) this.#options.onLost(queue, eventId, epoch);
  }

  #replace(claim: ClaimState): void {
    this.#claim = claim;
    if (this.isEmpty) this.#onEmpty();
  }
}

/** A reply that cannot be stored fails the change of all events that are settled with it. */
function mayConcernOne(error: unknown): boolean {
  return error instanceof RefusedError || codeOf(error) === 'not-cloneable';
}

function isUpkeep(request: SettleRequest | Upkeep): request is Upkeep {
  return typeof request === 'string';
}
