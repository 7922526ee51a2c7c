import type { Settlement } from '../../../core/events/message.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { ForeignRequest, SettleRequest } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import {
  type ClaimAnswer,
  type ClaimQuery,
  ClaimReader,
  type ClaimReaderOptions,
} from '../scanning/claim-reader.ts';
import type { ClaimTable } from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { holdsPlace, positionKey } from '../schema/held-spans.ts';
import type { Position } from '../schema/schema.ts';
import { ClaimState } from './claim-state.ts';
import { followClock } from './clock-set-back.ts';
import { findDeliveredEvents, type Located } from './find-delivered-event.ts';
import { type Era, HeldClaim, type HeldClaimOptions } from './held-claim.ts';
import { Takeover } from './takeover.ts';

/** How many claims one transaction reads, with three requests each. */
const MAX_QUESTIONS = 100;

/** A request for an event that no claim of this context holds, with the place of the event. */
interface Elsewhere {
  readonly request: SettleRequest;
  readonly queue: string;
  readonly place: Position;
  /** The era in which the place was found. */
  readonly era: Era;
}

export type ClaimSettlerOptions = Omit<HeldClaimOptions, 'ask' | 'settleUnheld'> &
  Pick<ClaimReaderOptions, 'lastScanOf'>;

/**
 * Settles the events that this context holds, claim by claim. The claims of other events are read from the database in groups.
 * Where the place of such an event is not known, the database is searched for it, one group after the other.
 */
export class ClaimSettler {
  readonly #options: HeldClaimOptions;
  /** The claims that this context holds, by queue and epoch. */
  readonly #claims = new Map<string, Map<number, HeldClaim>>();
  readonly #elsewhere: GroupCommit<Elsewhere, Settlement>;
  readonly #search: GroupCommit<ForeignRequest, Located>;
  /** It is over once {@link forget} is called. */
  #era: Era = { from: 0, isOver: false };

  constructor(options: ClaimSettlerOptions) {
    const { connection } = options;
    const onScan = (queue: string, claimTable: ClaimTable) => void this.compare(queue, claimTable);
    const reader = new ClaimReader(connection, { ...options, onScan });
    const questions = new GroupCommit<ClaimQuery, ClaimAnswer>((asked) => reader.ask(asked), {
      maxWeight: MAX_QUESTIONS,
    });
    this.#options = {
      ...options,
      ask: (question) => questions.add(question),
      settleUnheld: (request, era) => this.#settleUnheld(request, era),
    };
    this.#elsewhere = new GroupCommit((asked) => this.#settleElsewhere(asked));
    this.#search = new GroupCommit((requests) => findDeliveredEvents(connection, requests));
  }

  /** Returns false if the claim was made in an era that is over. */
  hold(claim: ClaimState, stamp: ReadStamp): boolean {
    if (stamp.period < this.#era.from) return false;
    if (claim.held.size > 0) this.#hold(claim, stamp);
    return true;
  }

  #hold(claim: ClaimState, stamp: ReadStamp): void {
    const { queue, epoch } = claim.row;
    const ofQueue = this.#claims.get(queue) ?? new Map<number, HeldClaim>();
    this.#claims.set(queue, ofQueue);
    const drop = () => {
      ofQueue.delete(epoch);
      if (ofQueue.size === 0 && this.#claims.get(queue) === ofQueue) this.#claims.delete(queue);
    };
    const held = new HeldClaim(this.#options, claim, stamp, this.#era, drop);
    ofQueue.set(epoch, held);
    // The owner lock was stolen during the claim. If this update fails, the next change of the claim repeats it.
    if (this.#options.ownerLock.isLost(claim.row.owner)) held.keepUp('adopt').catch(ignore);
  }

  settle(requests: readonly SettleRequest[]): Promise<Settlement[]> {
    return Promise.all(requests.map((request) => this.#settle(request)));
  }

  /** Reports each held lease as lost, because its database is gone. */
  forget(period: number = this.#era.from): void {
    const held = this.#held();
    this.#claims.clear();
    this.#era.isOver = true;
    this.#era = { from: period, isOver: false };
    for (const claim of held) claim.reportLost();
  }

  /** This context has a new owner name, after a freeze. Writes it into each claim that no other context has taken over. */
  async adopt(): Promise<void> {
    await Promise.all(this.#held().map((claim) => claim.keepUp('adopt')));
  }

  /**
   * The claims of a queue were read. Claims of this context that have changed are read again. When the promise
   * resolves, their lost leases are reported. Never rejects.
   */
  async compare(queue: string, { newest, claims, openEpochs }: ClaimTable): Promise<void> {
    const ofQueue = this.#claims.get(queue);
    if (!ofQueue) return;
    const open = new Set(openEpochs);
    const generations = new Map(claims.map(({ epoch, generation }) => [epoch, generation]));
    // The read does not have claims that this context has made or changed since.
    const changed = [...ofQueue].filter(([epoch, held]) => {
      const isAsKnown = open.has(epoch) && (generations.get(epoch) ?? 0) <= held.generation;
      return epoch <= newest.epoch && !isAsKnown;
    });
    await Promise.all(changed.map(([, held]) => held.verify()));
  }

  /** Whether this context holds leases. */
  get isHolding(): boolean {
    return this.#claims.size > 0;
  }

  /** The queues in which leases of this context could be taken over at `time`. */
  abandonedAt(time: number): string[] {
    return [...this.#claims]
      .filter(([, claims]) => [...claims.values()].some(({ takeoverAt }) => takeoverAt <= time))
      .map(([queue]) => queue);
  }

  /**
   * Reports what this context has lost of its claims in the snapshot, and takes back those that may be taken over. Resolves with
   * whether there were any. The next call, with a newer snapshot, then reports them as lost.
   */
  async takeBack(snapshot: QueueSnapshot, pause: () => Promise<void>): Promise<boolean> {
    const { queue } = snapshot;
    const onScan = () => this.compare(queue, snapshot);
    await onScan();
    const claims = snapshot.claims.filter(({ epoch }) => this.#claims.get(queue)?.has(epoch));
    const own = { ...snapshot, claims };
    const takeover = new Takeover({ ...this.#options, queue, onScan });
    return (await followClock(this.#options.connection, own)) || takeover.takeBack(own, pause);
  }

  #held(): HeldClaim[] {
    return [...this.#claims.values()].flatMap((ofQueue) => [...ofQueue.values()]);
  }

  #settle(request: SettleRequest): Promise<Settlement> {
    const { eventId, lease, channel = '' } = request;
    const claim = this.#claims.get(channel)?.get(lease);
    return claim?.holds(eventId) ? claim.settle(request) : this.#settleUnheld(request, this.#era);
  }

  /** Another context delivered the event, or this context has lost its lease. Only a foreign request needs a search. */
  async #settleUnheld(request: SettleRequest, era: Era): Promise<Settlement> {
    const located =
      'place' in request
        ? { queue: request.channel, place: request.place as Position }
        : await this.#search.add(request);
    return typeof located === 'string'
      ? located
      : this.#elsewhere.add({ request, era, ...located });
  }

  async #settleElsewhere(asked: readonly Elsewhere[]): Promise<Settlement[]> {
    const stamp = await this.#options.connection.stamp();
    const answers = await Promise.all(
      asked.map(({ request: { lease: epoch }, queue, place }) =>
        this.#options.ask({ queue, epoch, asked: [place], isLikelyLost: true }),
      ),
    );
    const names = new Map(asked.map(({ request, place }) => [positionKey(place), request.eventId]));
    const claims = new Map<string, HeldClaim>();
    const settlements = asked.map(({ request, place, era }, index) => {
      if (era.isOver) return 'gone';
      const { row, stored } = answers[index] as ClaimAnswer;
      if (!row || !holdsPlace(row, place)) return stored.has(positionKey(place)) ? 'stale' : 'gone';
      const key = `${row.epoch} ${row.queue}`;
      const claim =
        claims.get(key) ?? new HeldClaim(this.#options, ClaimState.of(row, names), stamp, era);
      claims.set(key, claim);
      return claim.settle(request);
    });
    return Promise.all(settlements);
  }
}
