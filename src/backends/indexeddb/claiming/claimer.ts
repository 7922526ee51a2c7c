import { ignore } from '../../../core/ignore.ts';
import type { ClaimRequest } from '../../../queue/event-store.ts';
import { followClock } from '../claims/clock-set-back.ts';
import { rewriteLongHeld } from '../claims/rewrite-long-held.ts';
import { Takeover } from '../claims/takeover.ts';
import { NO_OWNER } from '../liveness/owner-lock.ts';
import { LargeClaims } from '../scanning/large-claims.ts';
import {
  freshSegments,
  type QueueSnapshot,
  scanAddedSegments,
  scanDecisions,
  scanQueue,
} from '../scanning/queue-snapshot.ts';
import type { EpochRow } from '../schema/schema.ts';
import { type Choice, chooseEvents, leavesNothingButSegments } from './choose-events.ts';
import { type ClaimResult, nothingDueIn } from './claim-result.ts';
import type { ClaimerOptions } from './claimer-options.ts';
import { commitClaim, type PreparedClaim, prepareClaim } from './commit-claim.ts';
import { QueueCache } from './queue-cache.ts';
import { fewRowsOf, ReadAhead } from './read-ahead.ts';

/**
 * Claims from one queue. A round is a look (one read-only transaction), a choice (pure), and one guarded
 * transaction that adds the queue's next epoch: where another context added it first, another round.
 * One claim at a time in a context, which would else be its own competitor.
 */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #takeover: Takeover;
  readonly #largeClaims: LargeClaims;
  readonly #readAhead = new ReadAhead();
  readonly #cache: QueueCache;
  /** Whether there may be more than the last look took in. */
  #isCut = false;
  /** The last look, and what was claimed on it. */
  lastScan: Pick<QueueSnapshot, 'stamp' | 'lowWater'> | undefined;
  /** Who held something of the queue at the last look. */
  #owners: ReadonlySet<string> = new Set();
  /** What was to be taken when it was last tried, and was not confirmed: the next look tells. */
  #unconfirmed: PreparedClaim | undefined;
  #lastClaim: Promise<unknown> = Promise.resolve();
  /** Claims that wait or are under way. */
  #claimCount = 0;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#takeover = new Takeover(options);
    this.#largeClaims = new LargeClaims(options.connection);
    this.#cache = new QueueCache(options.queue, options.publishedSegments);
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    const { claimLock } = this.#options;
    const result = this.#lastClaim.then(() =>
      claimLock.withLock(request.limit, (pass) => this.#claim(request, pass)),
    );
    this.#claimCount += 1;
    // The next in turn starts afresh; this one's failure goes to its own caller.
    this.#lastClaim = result.catch(ignore).then(() => {
      this.#claimCount -= 1;
    });
    return result;
  }

  /** Whether it must be kept. */
  get isBusy(): boolean {
    return this.#claimCount > 0 || this.#unconfirmed !== undefined;
  }

  /** Another context has given a hint: most likely it has added something. */
  noteHint(): void {
    this.#cache.expect();
    this.#disturb();
  }

  /** Something waits again, or may: only a look can tell its place. */
  invalidate(): void {
    this.#cache.doubt();
    this.#disturb();
  }

  /** Others claim from the queue. */
  noteContention(): void {
    this.#options.claimLock.noteOthers();
    this.#cache.noteOthers(this.#options.runtime.now());
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
  async #claim(request: ClaimRequest, pass: () => void): Promise<ClaimResult | undefined> {
    const { connection, ownerLock, runtime, queue, scans } = this.#options;
    for (;;) {
      // The first time it takes a while, in which a look can be taken.
      const holding = ownerLock.hold();
      await this.#catchUp(request.limit);
      // Whether the last try was committed after all, only a look can tell.
      if (this.#unconfirmed) this.#cache.forget();
      const known = this.#cache.recall(runtime.now(), request.limit);
      if (known) {
        const choice = chooseEvents(known, request.limit);
        const taken = await this.#take(known, choice, await holding, request, pass);
        if (!taken) return undefined;
        this.#cache.advance(taken);
        if (taken.messages.length > 0) return taken;
        continue;
      }
      const nextDueAt = this.#unconfirmed ? undefined : await scans.ask(queue, request.staleMs);
      if (nextDueAt !== undefined) return { claim: null, messages: [], nextDueAt };
      const found = await scans.look(queue, () => this.#look(request.limit));
      const owner = await holding;
      const snapshot = await this.#largeClaims.sort(found, owner);
      const confirmed = this.#confirmedBy(snapshot, owner);
      if (confirmed) return confirmed;
      if (await followClock(connection, snapshot)) continue;
      if (await this.#takeover.run(snapshot, owner)) continue;
      await rewriteLongHeld(connection, snapshot);
      const choice = chooseEvents({ ...snapshot, due: fewRowsOf(snapshot.due) }, request.limit);
      const isPlain = leavesNothingButSegments(snapshot, choice);
      const isShared = snapshot.claims.some((claim) => claim.owner !== owner);
      if (choice.chosen.length + choice.unusable.length === 0) {
        this.#learn(snapshot, isPlain, isShared);
        const from = this.#cache.idleFrom;
        if (from !== undefined) scans.enter(queue, from, snapshot.nextReturnAt, snapshot.stamp.at);
        return nothingDueIn(snapshot, this.#takeover.nextAt(snapshot));
      }
      const prepared = await this.#take(snapshot, choice, owner, request, pass);
      this.#learn(snapshot, isPlain, isShared, prepared);
      if (!prepared || prepared.messages.length > 0) return prepared;
    }
  }

  /** Brings what is known up to date, as far as that takes less than a look. */
  async #catchUp(limit: number): Promise<void> {
    const { connection, queue, runtime } = this.#options;
    const now = runtime.now();
    const known = this.#cache;
    const readAhead = this.#readAhead;
    const since = known.sharedSince(now);
    if (since !== undefined && !(await this.#follow(since, now))) return known.forget();
    let most = since === undefined ? readAhead.likelyFor(limit) : readAhead.sharedFor(limit);
    for (let isCut = true; isCut; most = readAhead.most) {
      const from = known.missingFrom(limit, now);
      if (from === undefined) return;
      const segments = await scanAddedSegments(connection, queue, from, most);
      readAhead.learn(segments);
      isCut = segments.length === most;
      known.extend(segments, isCut);
      if (most >= readAhead.most) return;
    }
  }

  /**
   * Where others are at work: looks up what they have claimed since, and so whether it was they who were first when a claim
   * was lost. False where only a look can tell.
   */
  async #follow(since: number, now: number): Promise<boolean> {
    const { connection, claimLock, queue } = this.#options;
    const { rows, isDue } = await scanDecisions(connection, queue, since, now);
    if (rows.length > 0) claimLock.noteOthers();
    if (isDue || !this.#isBeatenBy(rows) || !this.#cache.follow(rows, now)) return false;
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
    snapshot: QueueSnapshot,
    choice: Choice,
    owner: string,
    request: ClaimRequest,
    pass: () => void,
  ): Promise<PreparedClaim | undefined> {
    const { connection, onQuarantined, claimLock, queue, runtime } = this.#options;
    this.#disturb();
    const prepared = await prepareClaim(this.#options, owner, snapshot, choice, request);
    this.#unconfirmed = prepared;
    if (!(await commitClaim(connection, prepared, pass))) {
      claimLock.contest();
      this.#cache.noteOthers(runtime.now());
      return undefined;
    }
    this.#unconfirmed = undefined;
    const { stamp, lowWater } = snapshot;
    this.lastScan = { stamp, lowWater: { ...lowWater, cursor: choice.cursor } };
    onQuarantined(queue, prepared.choice.unusable);
    return prepared;
  }

  #learn(
    snapshot: QueueSnapshot,
    isPlain: boolean,
    isShared: boolean,
    prepared?: PreparedClaim,
  ): void {
    if (isPlain) this.#cache.learn({ snapshot, isCut: this.#isCut, isShared }, prepared);
    else this.#cache.forget();
  }

  /** Whether what seemed to fail was committed after all, with a connection that was lost before it could tell. */
  #confirmedBy(snapshot: QueueSnapshot, owner: string): PreparedClaim | undefined {
    const prepared = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (!prepared || owner === NO_OWNER) return undefined;
    const { epoch } = prepared.claim.row;
    const isOurs = snapshot.claims.some((claim) => claim.epoch === epoch && claim.owner === owner);
    return isOurs ? prepared : undefined;
  }

  /**
   * Takes in as many segments as `limit` events are likely to need; where that was too few, all that it may. Others may
   * have claimed all of these, and not cleared them away yet: then it goes on behind them.
   */
  async #look(limit: number): Promise<QueueSnapshot> {
    this.#cache.beginScan();
    const readAhead = this.#readAhead;
    const isPartClaimed = this.lastScan !== undefined && this.lastScan.lowWater.cursor.at > 0;
    for (let most = readAhead.likelyFor(limit) + (isPartClaimed ? 1 : 0); ; most = readAhead.most) {
      const snapshot = await this.#snapshot(most);
      const fresh = freshSegments(snapshot);
      readAhead.learn(fresh);
      const eventCount = fresh.reduce((sum, { size }) => sum + size, 0);
      const isEnough = eventCount - snapshot.newest.cursor.at >= limit;
      const isAll = most >= readAhead.most && fresh.length > 0;
      if (!this.#isCut || isEnough || isAll) return snapshot;
    }
  }

  async #snapshot(maxSegments: number): Promise<QueueSnapshot> {
    const { connection, queue } = this.#options;
    const snapshot = await scanQueue(connection, queue, { last: this.lastScan, maxSegments });
    this.#isCut = snapshot.segments.length === maxSegments;
    this.lastScan = snapshot;
    this.#owners = new Set(snapshot.claims.map(({ owner }) => owner));
    return snapshot;
  }
}
