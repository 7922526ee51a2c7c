import { ignore } from '../../../core/ignore.ts';
import type { Lease, Settlement } from '../../../core/message.ts';
import type { Runtime } from '../../../core/runtime.ts';
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

export interface HeldClaimOptions extends TakeoverRules {
  readonly connection: Connection;
  readonly runtime: Runtime;
  /** Deletes segments of which every event is settled. */
  readonly spentSegments: {
    noteSettled(queue: string, changes: readonly Change[], stamp: ReadStamp): void;
  };
  readonly onClaimUpdated: OnClaimUpdated;
  /** An event that this context held was taken from it. */
  readonly onLost: (queue: string, eventId: string, lease: Lease) => void;
  readonly ask: (question: ClaimQuery) => Promise<ClaimAnswer>;
  /** Settles an event that the claim does not hold, or no longer. */
  readonly settleUnheld: (request: SettleRequest) => Promise<Settlement>;
}

/**
 * What is done on a claim without a request: `adopt` gives it this context's present name, `verify` reads it again, so that what
 * is lost is reported.
 */
export type Upkeep = 'adopt' | 'verify';

/**
 * A claim that this context settles from. Settlements that are asked for together are one transaction; one at a time, so that
 * only another context can be the cause of a conflict.
 */
export class HeldClaim {
  readonly #options: HeldClaimOptions;
  /** Whether it was claimed here; another context's claim stays that context's. */
  readonly #isOurs: boolean;
  readonly #onEmpty: () => void;
  readonly #group: GroupCommit<SettleRequest | Upkeep, Settlement>;
  #claim: ClaimState;
  /** The time of the last read or write that confirmed this state. */
  #stamp: ReadStamp;
  #verifying: Promise<void> | undefined;

  /** `onEmpty` is called when it holds nothing any longer; absent for another context's claim. */
  constructor(
    options: HeldClaimOptions,
    claim: ClaimState,
    stamp: ReadStamp,
    onEmpty?: () => void,
  ) {
    this.#options = options;
    this.#claim = claim;
    this.#stamp = stamp;
    this.#isOurs = onEmpty !== undefined;
    this.#onEmpty = onEmpty ?? ignore;
    this.#group = new GroupCommit(
      (requests: readonly (SettleRequest | Upkeep)[]) => this.#commit(requests),
      { mayConcernOne: (error) => error instanceof RefusedError },
    );
  }

  get generation(): number {
    return this.#claim.row.generation;
  }

  get isEmpty(): boolean {
    return this.#claim.held.size === 0;
  }

  /** When the first of its events may be taken over. */
  get takeoverAt(): number {
    const { row, held } = this.#claim.at(this.#options.runtime.now());
    return firstTakeoverAt(row, [...held.values()], this.#options);
  }

  holds(eventId: string): boolean {
    return this.#claim.held.has(eventId);
  }

  /** Reports each of its events as lost. */
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
        return this.#isOurs ? this.#options.settleUnheld(request) : 'gone';
      }),
    );
  }

  /** The answers; undefined for what the claim did not hold to begin with. */
  async #amend(
    requests: readonly SettleRequest[],
    isDoubted: boolean,
  ): Promise<readonly (Settlement | undefined)[]> {
    const { connection, ownerLock, runtime, spentSegments, onClaimUpdated } = this.#options;
    const fates = new Map<string, Settlement>();
    if (isDoubted && !this.isEmpty) await this.#readAgain(this.#claim, requests, fates, false);
    for (;;) {
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
      };
      // What was seen too long ago decides nothing: the claim is read again first.
      const mayBeTaken = this.#hasExpiredSince(requests, now);
      const isKnown = isCurrent(this.#stamp, stamp) && !mayBeTaken;
      const letters = isKnown ? await updateClaim(connection, update) : null;
      if (letters) {
        spentSegments.noteSettled(claim.row.queue, plan.changes, stamp);
        this.#stamp = stamp;
        this.#replace(claim.next(plan, owner));
        onClaimUpdated(claim.row.queue, plan.changes, letters);
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
    this.#stamp = await this.#options.connection.stamp();
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

function isUpkeep(request: SettleRequest | Upkeep): request is Upkeep {
  return typeof request === 'string';
}
