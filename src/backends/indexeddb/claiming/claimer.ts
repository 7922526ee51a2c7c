import { AcklineError } from '../../../core/reports/errors.ts';
import { ignore } from '../../../core/runtime/ignore.ts';
import type { ClaimRequest } from '../../../queue/event-store.ts';
import { followClock } from '../claims/clock-set-back.ts';
import { rewriteLongHeld } from '../claims/rewrite-long-held.ts';
import { Takeover } from '../claims/takeover.ts';
import { NO_OWNER } from '../liveness/owner-lock.ts';
import { readKeys, usesKeys } from '../scanning/key-snapshot.ts';
import { LargeClaims } from '../scanning/large-claims.ts';
import { type QueueSnapshot, scanDecisions } from '../scanning/queue-snapshot.ts';
import { publicName } from '../schema/groups-row.ts';
import type { EpochRow } from '../schema/schema.ts';
import { chooseByPriority } from './choose-by-priority.ts';
import { type Choice, changesNothing, chooseEvents, leavesOnlySegments } from './choose-events.ts';
import type { LockedClaim } from './claim-locks.ts';
import { type ClaimResult, nothingDueIn } from './claim-result.ts';
import type { ClaimerOptions } from './claimer-options.ts';
import { commitClaim, type PreparedClaim, prepareClaim } from './commit-claim.ts';
import { Contention } from './contention.ts';
import { QueueCache } from './queue-cache.ts';
import { QueueScanner } from './queue-scanner.ts';
import { withinRowLimit } from './read-ahead.ts';

/** One attempt to claim. */
interface Attempt extends ClaimRequest {
  readonly releaseLock: () => void;
}

/**
 * Claims from one queue. An attempt takes the cache or a scan (one read-only transaction), chooses events (pure), and adds the
 * queue's next epoch (one guarded transaction). Where another context has added that epoch, another attempt follows.
 * A context makes one claim from a queue at a time: it would compete with itself.
 */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #takeover: Takeover;
  readonly #largeClaims: LargeClaims;
  readonly scanner: QueueScanner;
  readonly #contention: Contention;
  readonly #cache: QueueCache;
  /** A claim whose commit was not confirmed. Only the database shows whether it was made. */
  #unconfirmed: PreparedClaim | undefined;
  #lastClaim: Promise<unknown> = Promise.resolve();
  /** Claims that wait or are in progress. */
  #claimCount = 0;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#takeover = new Takeover(options);
    this.#largeClaims = new LargeClaims(options.connection);
    this.scanner = new QueueScanner(options);
    this.#contention = new Contention(options.queue, options.runtime, options.onContention);
    this.#cache = new QueueCache(this.#contention, options.publishedSegments);
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    return this.#inOrder(request.limit, (releaseLock) => this.#attempt(request, releaseLock));
  }

  /**
   * Makes another decision that adds the queue's next epoch, in order with the claims. `attempt` resolves with undefined where
   * another context was first. It is called again then, under the claim lock. `weight`: as many events a claim would take.
   */
  decide<T>(weight: number, attempt: () => Promise<T | undefined>): Promise<T> {
    return this.#inOrder(weight, async () => {
      const decided = await attempt();
      if (decided === undefined) this.#contention.noteLoss();
      else this.invalidate();
      return decided;
    });
  }

  /** Another decision about the queue failed, because another context was first. */
  noteLoss(): void {
    this.#contention.noteLoss();
  }

  #inOrder<T>(weight: number, attempt: LockedClaim<T>): Promise<T> {
    const { claimLocks } = this.#options;
    const result = this.#lastClaim.then(() =>
      claimLocks.withLock(this.#contention, weight, attempt),
    );
    this.#claimCount += 1;
    // A failure goes to the caller of this claim alone.
    this.#lastClaim = result.catch(ignore).then(() => {
      this.#claimCount -= 1;
    });
    return result;
  }

  /** Whether the claimer must be kept. */
  get isBusy(): boolean {
    return this.#claimCount > 0 || this.#unconfirmed !== undefined;
  }

  /** Another context has given a hint: most likely it has added something. */
  noteHint(): void {
    this.#cache.noteHint();
    this.#disturb();
  }

  /** An event may have become due that only a scan finds. */
  invalidate(): void {
    this.#cache.clear();
    this.#disturb();
  }

  /** Another context has reported that it lost a claim. */
  noteContention(): void {
    this.#contention.noteAnnouncement();
    this.#disturb();
  }

  #disturb(): void {
    const { queue, scans } = this.#options;
    scans.noteChange(queue);
  }

  /** Resolves with undefined if another attempt is needed. */
  async #attempt(request: ClaimRequest, releaseLock: () => void): Promise<ClaimResult | undefined> {
    const { ownerLock, queue, runtime, scans } = this.#options;
    // The first request for the owner lock takes a while, and the queue is read meanwhile.
    void ownerLock.hold();
    const attempt = { ...request, releaseLock };
    await this.#refreshCache(request.limit);
    // Only a scan finds out whether an unconfirmed claim was made.
    if (!this.#unconfirmed) {
      const cached = this.#cache.claimable(runtime.now(), request.limit);
      const isKeyed = cached !== undefined && usesKeys(cached);
      if (cached && !isKeyed)
        return this.#commit(cached, chooseEvents(cached, request.limit), attempt);
      const nextDueAt = isKeyed ? undefined : await scans.nextDueAt(queue, request.pollIntervalMs);
      if (nextDueAt !== undefined) return { nextDueAt };
    }
    return this.#scanAndClaim(attempt);
  }

  async #scanAndClaim(attempt: Attempt): Promise<ClaimResult | undefined> {
    const { connection, ownerLock, queue, scans } = this.#options;
    const scan = await scans.duringScan(queue, () => {
      this.#cache.beginScan();
      return this.scanner.scan(attempt.limit);
    });
    const owner = await ownerLock.hold();
    const snapshot = await this.#largeClaims.sort(scan.snapshot, owner);
    const confirmed = this.#confirmedBy(snapshot, owner);
    if (confirmed) return confirmed;
    if (await followClock(connection, snapshot)) return undefined;
    let failure: unknown;
    const isTaken = await this.#takeover.run(snapshot, owner).catch((error: unknown) => {
      failure = error;
    });
    if (isTaken) return undefined;
    if (snapshot.ended && (await this.#letGo(snapshot))) return undefined;
    await rewriteLongHeld(connection, snapshot);
    const keys = usesKeys(snapshot) ? await readKeys(connection, snapshot) : undefined;
    const due = withinRowLimit(snapshot.due);
    const choice = chooseByPriority({ ...snapshot, due, keys }, attempt.limit, scan.isCut);
    if (leavesOnlySegments(snapshot, choice)) {
      const isShared = snapshot.claims.some((claim) => claim.owner !== owner);
      this.#cache.fill({ ...scan, snapshot, isShared });
    }
    if (!changesNothing(snapshot, choice)) return this.#commit(snapshot, choice, attempt);
    if (failure) throw failure;
    return this.#noteNothingDue(snapshot);
  }

  #letGo(snapshot: QueueSnapshot): Promise<boolean> {
    const { connection, features, queue } = this.#options;
    if (features.letGo) return features.letGo(connection, snapshot);
    const message = `${queue} has events that wait for others, which a context lets go only with dependenciesFeature in its features`;
    throw new AcklineError('unsupported', message, { channel: publicName(queue) });
  }

  #noteNothingDue(snapshot: QueueSnapshot): ClaimResult {
    const { connection, queue, scans } = this.#options;
    const { at, period } = snapshot.stamp;
    const from = this.#cache.nextSeqIfIdle;
    // In another database, which may be in use since, the queue may not be idle.
    if (from !== undefined && period === connection.period)
      scans.noteIdle(queue, from, snapshot.nextReturnAt, at);
    return nothingDueIn(snapshot, this.#takeover.nextAt(snapshot));
  }

  /** Applies to the cache what other contexts have claimed and added, as far as that takes less than a scan. */
  async #refreshCache(limit: number): Promise<void> {
    const now = this.#options.runtime.now();
    const epoch = this.#cache.sharedEpoch(now);
    if (epoch !== undefined && !(await this.#applyDecisionsSince(epoch, now)))
      return this.#cache.clear();
    await this.scanner.readMissing(this.#cache, now, limit, epoch !== undefined);
  }

  /** Returns false if only a scan finds due events. */
  async #applyDecisionsSince(epoch: number, now: number): Promise<boolean> {
    const { connection, queue } = this.#options;
    const { rows, isDue } = await scanDecisions(connection, queue, epoch, now);
    if (rows.length > 0) this.#contention.noteOthers();
    if (isDue || !this.#isBeatenBy(rows) || !this.#cache.applyClaims(rows)) return false;
    this.#unconfirmed = undefined;
    return true;
  }

  /** Whether another context has added the epoch of the unconfirmed claim, if there is one. */
  #isBeatenBy(rows: readonly EpochRow[]): boolean {
    const tried = this.#unconfirmed?.claim.row;
    const isOther = ({ epoch, claim }: EpochRow) =>
      epoch === tried?.epoch && claim?.owner !== tried.owner;
    return !tried || rows.some(isOther);
  }

  /**
   * Resolves with undefined if another context was first, if the commit was not confirmed, or if all chosen events are
   * unusable.
   */
  async #commit(
    snapshot: QueueSnapshot,
    choice: Choice,
    { releaseLock, ...request }: Attempt,
  ): Promise<PreparedClaim | undefined> {
    const { connection, onQuarantined, ownerLock, queue } = this.#options;
    this.#disturb();
    // The name that this context has after the snapshot was read. A freeze ends the name before it, and a claim in a dead name
    // would be taken over at once. A freeze from here on makes the commit fail.
    const owner = await ownerLock.hold();
    const claim = await prepareClaim(this.#options, owner, snapshot, choice, request);
    this.#unconfirmed = claim;
    if (!(await commitClaim(connection, claim, releaseLock))) {
      this.#contention.noteLoss();
      return undefined;
    }
    this.#unconfirmed = undefined;
    const { stamp, lowWater } = snapshot;
    this.scanner.lastScan = { stamp, lowWater: { ...lowWater, cursor: choice.cursor } };
    this.#cache.noteClaim(claim);
    onQuarantined(queue, claim.choice.unusable);
    return claim.claim.held.size > 0 ? claim : undefined;
  }

  /** The unconfirmed claim, if the snapshot shows that it was made. */
  #confirmedBy(snapshot: QueueSnapshot, owner: string): PreparedClaim | undefined {
    const claim = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (!claim || owner === NO_OWNER) return undefined;
    const { epoch } = claim.claim.row;
    const isOurs = snapshot.claims.some((held) => held.epoch === epoch && held.owner === owner);
    return isOurs ? claim : undefined;
  }
}
