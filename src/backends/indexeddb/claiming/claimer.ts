import { ignore } from '../../../core/ignore.ts';
import type { ClaimRequest } from '../../../queue/event-store.ts';
import { NO_OWNER } from '../claims/takeover-time.ts';
import type { Misfit } from '../scanning/quarantine.ts';
import { type Choice, chooseEvents, leavesNothingButSegments } from './choose-events.ts';
import type { ClaimOrder } from './claim-lock.ts';
import { type Claimed, nothingDueIn } from './claim-result.ts';
import { followClock } from '../claims/clock-set-back.ts';
import { Foreknowledge } from './queue-cache.ts';
import type { IdleScans } from '../hints/idle-scans.ts';
import { LargeClaims } from '../scanning/large-claims.ts';
import { restateLongHeld } from '../claims/rewrite-long-held.ts';
import { fewRowsOf, LookBounds } from './read-ahead.ts';
import type { OwnSegments } from './published-segments.ts';
import { freshSegments, type QueueView, viewAdded, viewDecided, viewQueue } from '../scanning/queue-snapshot.ts';
import type { EpochRow } from '../schema/schema.ts';
import { TakeBack, type TakeBackOptions } from '../claims/takeover.ts';
import { type ClaimContext, prepareTaking, type Taking, takeEvents } from './commit-claim.ts';

export interface ClaimerOptions extends ClaimContext, TakeBackOptions {
  readonly order: ClaimOrder;
  /** Rows of the queue were put aside. */
  readonly onPutAside: (queue: string, misfits: readonly Misfit[]) => void;
  readonly scans: IdleScans;
  readonly ownSegments: OwnSegments;
}

/**
 * Claims from one queue. A round is a look (one read-only transaction), a choice (pure), and one guarded
 * transaction that adds the queue's next epoch: where another context added it first, another round.
 * One claim at a time in a context, which would else be its own competitor.
 */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #takeBack: TakeBack;
  readonly #largeClaims: LargeClaims;
  readonly #bounds = new LookBounds();
  readonly #foreknowledge: Foreknowledge;
  /** Whether there may be more than the last look took in. */
  #isCut = false;
  /** The last look, and what was claimed on it. */
  lastLook: Pick<QueueView, 'seen' | 'lowWater'> | undefined;
  /** Who held something of the queue at the last look. */
  #owners: ReadonlySet<string> = new Set();
  /** What was to be taken when it was last tried, and was not confirmed: the next look tells. */
  #unconfirmed: Taking | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Claims that wait or are under way. */
  #claimCount = 0;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#takeBack = new TakeBack(options);
    this.#largeClaims = new LargeClaims(options.connection);
    this.#foreknowledge = new Foreknowledge(options.queue, options.ownSegments);
  }

  claim(request: ClaimRequest): Promise<Claimed> {
    const { order } = this.#options;
    const result = this.#turn.then(() =>
      order.inTurn(request.limit, (pass) => this.#claim(request, pass)),
    );
    this.#claimCount += 1;
    // The next in turn starts afresh; this one's failure goes to its own caller.
    this.#turn = result.catch(ignore).then(() => {
      this.#claimCount -= 1;
    });
    return result;
  }

  /** Whether it must be kept. */
  get isBusy(): boolean {
    return this.#claimCount > 0 || this.#unconfirmed !== undefined;
  }

  /** Another context has given a hint: most likely it has added something. */
  expect(): void {
    this.#foreknowledge.expect();
    this.#disturb();
  }

  /** Something waits again, or may: only a look can tell its place. */
  doubt(): void {
    this.#foreknowledge.doubt();
    this.#disturb();
  }

  /** Others claim from the queue. */
  noteRivals(): void {
    this.#options.order.noteOthers();
    this.#foreknowledge.noteOthers(this.#options.runtime.now());
    this.#disturb();
  }

  /** Whether `owner` held something of the queue at the last look. */
  hasSeen(owner: string): boolean {
    return this.#owners.has(owner);
  }

  #disturb(): void {
    const { queue, scans } = this.#options;
    scans.disturb(queue);
  }

  /** Undefined where it was lost to another context. */
  async #claim(request: ClaimRequest, pass: () => void): Promise<Claimed | undefined> {
    const { connection, liveness, runtime, queue, scans } = this.#options;
    for (;;) {
      // The first time it takes a while, in which a look can be taken.
      const holding = liveness.hold();
      await this.#catchUp(request.limit);
      // Whether the last try was committed after all, only a look can tell.
      if (this.#unconfirmed) this.#foreknowledge.forget();
      const known = this.#foreknowledge.recall(runtime.now(), request.limit);
      if (known) {
        const choice = chooseEvents(known, request.limit);
        const taken = await this.#take(known, choice, await holding, request, pass);
        if (!taken) return undefined;
        this.#foreknowledge.advance(taken);
        if (taken.messages.length > 0) return taken;
        continue;
      }
      const nextDueAt = this.#unconfirmed ? undefined : await scans.ask(queue, request.staleMs);
      if (nextDueAt !== undefined) return { claim: null, messages: [], nextDueAt };
      const found = await scans.look(queue, () => this.#look(request.limit));
      const owner = await holding;
      const view = await this.#largeClaims.sort(found, owner);
      const confirmed = this.#confirmedBy(view, owner);
      if (confirmed) return confirmed;
      if (await followClock(connection, view)) continue;
      if (await this.#takeBack.run(view, owner)) continue;
      await restateLongHeld(connection, view);
      const choice = chooseEvents({ ...view, due: fewRowsOf(view.due) }, request.limit);
      const isPlain = leavesNothingButSegments(view, choice);
      const isShared = view.claims.some((claim) => claim.owner !== owner);
      if (choice.chosen.length + choice.misfits.length === 0) {
        this.#learn(view, isPlain, isShared);
        const from = this.#foreknowledge.idleFrom;
        if (from !== undefined) scans.enter(queue, from, view.nextReturnAt, view.seen.at);
        return nothingDueIn(view, this.#takeBack.nextAt(view));
      }
      const taking = await this.#take(view, choice, owner, request, pass);
      this.#learn(view, isPlain, isShared, taking);
      if (!taking || taking.messages.length > 0) return taking;
    }
  }

  /** Brings what is known up to date, as far as that takes less than a look. */
  async #catchUp(limit: number): Promise<void> {
    const { connection, queue, runtime } = this.#options;
    const now = runtime.now();
    const known = this.#foreknowledge;
    const bounds = this.#bounds;
    const since = known.sharedSince(now);
    if (since !== undefined && !(await this.#follow(since, now))) return known.forget();
    let most = since === undefined ? bounds.likelyFor(limit) : bounds.sharedFor(limit);
    for (let isCut = true; isCut; most = bounds.most) {
      const from = known.missingFrom(limit, now);
      if (from === undefined) return;
      const segments = await viewAdded(connection, queue, from, most);
      bounds.learn(segments);
      isCut = segments.length === most;
      known.extend(segments, isCut);
      if (most >= bounds.most) return;
    }
  }

  /**
   * Where others are at work: looks up what they have claimed since, and so whether it was they who were first when a claim
   * was lost. False where only a look can tell.
   */
  async #follow(since: number, now: number): Promise<boolean> {
    const { connection, order, queue } = this.#options;
    const { rows, isDue } = await viewDecided(connection, queue, since, now);
    if (rows.length > 0) order.noteOthers();
    if (isDue || !this.#isBeatenBy(rows) || !this.#foreknowledge.follow(rows, now)) return false;
    this.#unconfirmed = undefined;
    return true;
  }

  /** Whether somebody else has taken the epoch of the last try, if that was not confirmed. */
  #isBeatenBy(rows: readonly EpochRow[]): boolean {
    const tried = this.#unconfirmed?.claim.row;
    if (!tried) return true;
    return rows.some(({ epoch, claim }) => epoch === tried.epoch && claim?.owner !== tried.owner);
  }

  /** Undefined where another context was first, or what became of it is not known. */
  async #take(
    view: QueueView,
    choice: Choice,
    owner: string,
    request: ClaimRequest,
    pass: () => void,
  ): Promise<Taking | undefined> {
    const { connection, onPutAside, order, queue, runtime } = this.#options;
    this.#disturb();
    const taking = await prepareTaking(this.#options, owner, view, choice, request);
    this.#unconfirmed = taking;
    if (!(await takeEvents(connection, taking, pass))) {
      order.contest();
      this.#foreknowledge.noteOthers(runtime.now());
      return undefined;
    }
    this.#unconfirmed = undefined;
    const { seen, lowWater } = view;
    this.lastLook = { seen, lowWater: { ...lowWater, cursor: choice.cursor } };
    onPutAside(queue, taking.choice.misfits);
    return taking;
  }

  #learn(view: QueueView, isPlain: boolean, isShared: boolean, taking?: Taking): void {
    if (isPlain) this.#foreknowledge.learn({ view, isCut: this.#isCut, isShared }, taking);
    else this.#foreknowledge.forget();
  }

  /** Whether what seemed to fail was committed after all, with a connection that was lost before it could tell. */
  #confirmedBy(view: QueueView, owner: string): Taking | undefined {
    const taking = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (!taking || owner === NO_OWNER) return undefined;
    const { epoch } = taking.claim.row;
    const isOurs = view.claims.some((claim) => claim.epoch === epoch && claim.owner === owner);
    return isOurs ? taking : undefined;
  }

  /**
   * Takes in as many segments as `limit` events are likely to need; where that was too few, all that it may. Others may
   * have claimed all of these, and not cleared them away yet: then it goes on behind them.
   */
  async #look(limit: number): Promise<QueueView> {
    this.#foreknowledge.beginLook();
    const bounds = this.#bounds;
    const isPartClaimed = this.lastLook !== undefined && this.lastLook.lowWater.cursor.at > 0;
    for (let most = bounds.likelyFor(limit) + (isPartClaimed ? 1 : 0); ; most = bounds.most) {
      const view = await this.#view(most);
      const fresh = freshSegments(view);
      bounds.learn(fresh);
      const eventCount = fresh.reduce((sum, { size }) => sum + size, 0);
      const isEnough = eventCount - view.newest.cursor.at >= limit;
      const isAll = most >= bounds.most && fresh.length > 0;
      if (!this.#isCut || isEnough || isAll) return view;
    }
  }

  async #view(maxSegments: number): Promise<QueueView> {
    const { connection, queue } = this.#options;
    const view = await viewQueue(connection, queue, { last: this.lastLook, maxSegments });
    this.#isCut = view.segments.length === maxSegments;
    this.lastLook = view;
    this.#owners = new Set(view.claims.map(({ owner }) => owner));
    return view;
  }
}
