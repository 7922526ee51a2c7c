import { earliest } from '../../../core/earliest.ts';
import { checkClaimIn } from '../scanning/claim-table.ts';
import {
  freshSegments,
  type QueueSnapshot,
  type SegmentSnapshot,
} from '../scanning/queue-snapshot.ts';
import { check } from '../schema/row-checks.ts';
import type { ClaimRow, EpochRow } from '../schema/schema.ts';
import type { PreparedClaim } from './commit-claim.ts';
import { isKeepable, type PublishedSegments } from './published-segments.ts';

/** For so long after a look nothing need be looked up: what others do without a hint takes effect so much later. */
const KNOWN_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

type Taken = Pick<PreparedClaim, 'newest' | 'claim'>;

/** What can be claimed of a channel, and who else is at work. */
interface Learned {
  readonly snapshot: QueueSnapshot;
  /** There are more segments than these. */
  readonly isCut: boolean;
  /** Others hold something of it. */
  readonly isShared: boolean;
}

/**
 * What a context knows of one queue without a look: how it stood at the last one, what it has itself claimed and
 * added since. A claim that is made on it is guarded as any other: where somebody else was first, it fails.
 *
 * Invariant: while there is a `#view`, every segment of the queue that was not claimed by its newest epoch is in it,
 * or has a number from `#nextSeq` on; where it `#isCut`, nobody knows how many of these there are. Segments of all
 * queues and contexts are numbered in one row, in the order in which they are committed; so a note under the next number tells that nobody else has added anything in between.
 */
export class QueueCache {
  readonly #queue: string;
  readonly #own: PublishedSegments;
  #snapshot: QueueSnapshot | undefined;
  #nextSeq = 0;
  #isCut = false;
  /** When the first of what waits is due, or of what is held is free: it goes before what is known. */
  #returnsAt = NEVER;
  /** Others are at work: what they have claimed since is to be looked up before anything counts. */
  #isShared = false;
  /** When they were last noticed. */
  #sharedAt = -NEVER;
  /** Something has changed, or may have, since a look began. */
  #isDoubted = false;
  /** Others have given a hint since a look began. */
  #isExpecting = false;

  constructor(queue: string, own: PublishedSegments) {
    this.#queue = queue;
    this.#own = own;
  }

  /** What can be claimed, of `limit` events that are asked for; undefined where only a look can tell. */
  recall(now: number, limit: number): QueueSnapshot | undefined {
    const snapshot = this.#snapshot;
    if (!snapshot || !this.#isCurrent(now)) return undefined;
    // There are more than those that are known: a look tells which.
    if (this.#isCut) return countEvents(snapshot) < limit ? this.forget() : snapshot;
    const own = this.#own.takeFrom(this.#queue, this.#nextSeq);
    if (!own) return this.forget();
    this.#nextSeq = own.nextSeq;
    this.#snapshot = { ...snapshot, segments: [...snapshot.segments, ...own.segments] };
    return this.#snapshot.segments.length > 0 ? this.#snapshot : undefined;
  }

  /**
   * Where nothing is left to be claimed, and nobody holds anything: the number of the first segment that would be new.
   * Undefined otherwise.
   */
  get idleFrom(): number | undefined {
    const snapshot = this.#snapshot;
    if (!snapshot || snapshot.segments.length > 0 || this.#isShared || this.#isCut)
      return undefined;
    const isHeld = this.#returnsAt !== (snapshot.nextReturnAt ?? NEVER);
    return isHeld ? undefined : this.#nextSeq;
  }

  /** The newest epoch that is known, where others may have claimed since; undefined where nothing is known, or no others are. */
  sharedSince(now: number): number | undefined {
    return this.#isShared && this.#isCurrent(now) ? this.#snapshot?.newest.epoch : undefined;
  }

  /** All that was decided since. False where that is not just claims: only a look can tell then. */
  follow(rows: readonly EpochRow[], now: number): boolean {
    for (const row of rows) {
      if (!isClaim(row)) return false;
      this.#advance(row, row.claim);
    }
    if (rows.length > 0) this.noteOthers(now);
    return this.#snapshot !== undefined;
  }

  /**
   * The number from which on to look for segments that others may have added, to know of `limit` events; undefined where that
   * is not wanted. Whatever else they did after a hint, they have claimed for it, and a claim that is made on this fails.
   */
  missingFrom(limit: number, now: number): number | undefined {
    const snapshot = this.#snapshot;
    if (!snapshot || !this.#isCurrent(now) || countEvents(snapshot) >= limit) return undefined;
    const isAllTaken = snapshot.segments.length === 0;
    const isAwaited = isAllTaken && !this.#isCut && this.#isExpecting;
    if (!this.#isShared && !isAwaited) return undefined;
    this.#isExpecting = false;
    return isAllTaken ? this.#nextSeq : snapshot.newest.cursor.seq;
  }

  /** All segments from there on, or the first of them. Where there are none, only a look can tell what the hint meant. */
  extend(segments: readonly SegmentSnapshot[], isCut: boolean): void {
    const last = segments.at(-1);
    if (!last || !areKeepable(segments)) this.forget();
    if (!last || !this.#snapshot) return;
    this.#snapshot = { ...this.#snapshot, segments };
    this.#nextSeq = Math.max(this.#nextSeq, last.seq + 1);
    this.#isCut = isCut;
  }

  /** Another context has given a hint. */
  expect(): void {
    this.#isExpecting = true;
  }

  /** A look begins, which may not take in what is noted from now on. */
  beginScan(): void {
    this.forget();
    this.#isDoubted = false;
    this.#isExpecting = false;
  }

  /** After a look that showed nothing but segments and what others hold; and after what was claimed on it. */
  learn({ snapshot, isCut, isShared }: Learned, taken?: Taken): undefined {
    if (this.#isDoubted || !areKeepable(snapshot.segments)) return this.forget();
    this.#isShared = isShared || Math.abs(snapshot.stamp.at - this.#sharedAt) < KNOWN_MS;
    this.#isCut = isCut;
    this.#snapshot = { ...snapshot, due: [] };
    this.#nextSeq = Math.max(snapshot.newest.cursor.seq, (snapshot.segments.at(-1)?.seq ?? 0) + 1);
    this.#returnsAt = earliest([
      snapshot.nextReturnAt ?? NEVER,
      ...snapshot.claims.map(firstExpiry),
    ]);
    if (taken) this.advance(taken);
  }

  /** What is known was claimed from. */
  advance({ newest, claim }: Taken): void {
    this.#advance(newest, claim.row);
  }

  /** Others have claimed, and will for a while. */
  noteOthers(now: number): void {
    this.#isShared = true;
    this.#sharedAt = now;
  }

  /** Something has changed, or may have: what is being looked up may be out of date, too. */
  doubt(): void {
    this.#isDoubted = true;
    this.forget();
  }

  forget(): undefined {
    this.#snapshot = undefined;
  }

  #advance(newest: EpochRow, claim: ClaimRow): void {
    if (!this.#snapshot) return;
    this.#returnsAt = earliest([this.#returnsAt, firstExpiry(claim)]);
    const snapshot = {
      ...this.#snapshot,
      newest,
      openEpochs: [...this.#snapshot.openEpochs, newest.epoch],
    };
    this.#snapshot = { ...snapshot, segments: freshSegments(snapshot) };
    // Others may have claimed beyond what is known here.
    this.#nextSeq = Math.max(this.#nextSeq, newest.cursor.seq);
  }

  #isCurrent(now: number): boolean {
    const snapshot = this.#snapshot;
    if (!snapshot || snapshot.stamp.lock.isEnded) return false;
    return Math.abs(now - snapshot.stamp.at) <= KNOWN_MS && now < this.#returnsAt;
  }
}

/** How many events are left in `view`. */
function countEvents({ segments, newest: { cursor } }: QueueSnapshot): number {
  const all = segments.reduce((sum, { size }) => sum + size, 0);
  return segments[0]?.seq === cursor.seq ? all - cursor.at : all;
}

/** Not too much, and each by a number that can be reckoned with: those that are to be put aside may have keys of any kind. */
function areKeepable(segments: readonly SegmentSnapshot[]): boolean {
  const bytes = segments.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0);
  return isKeepable(bytes) && segments.every(({ verdict }) => verdict === 'ok');
}

function firstExpiry({ held }: ClaimRow): number {
  return earliest(held.map(({ expiresAt }) => expiresAt));
}

/** Whether it was decided to claim, and nothing else. */
function isClaim(row: EpochRow): row is EpochRow & { readonly claim: ClaimRow } {
  return check('epochs', row) === 'ok' && checkClaimIn(row) === 'ok';
}
