import { earliest } from '../../../core/runtime/earliest.ts';
import { checkInlineClaim } from '../scanning/inline-claims.ts';
import {
  freshSegments,
  type QueueSnapshot,
  type SegmentSnapshot,
} from '../scanning/queue-snapshot.ts';
import { check } from '../schema/row-checks.ts';
import type { ClaimRow, EpochRow } from '../schema/schema.ts';
import { countFresh } from './choose-events.ts';
import type { PreparedClaim } from './commit-claim.ts';
import type { Contention } from './contention.ts';
import { isKeepable, type PublishedSegments } from './published-segments.ts';

/** Older caches are not used, so changes of other contexts without a hint take effect after this time at the latest. */
const MAX_AGE_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

type Claimed = Pick<PreparedClaim, 'newest' | 'claim'>;

/** What a scan found. */
export interface ScanResult {
  readonly snapshot: QueueSnapshot;
  /** Whether the queue may have more segments than the snapshot. */
  readonly isCut: boolean;
  /** Whether other contexts hold events of the queue. */
  readonly isShared: boolean;
}

/**
 * What a context knows of one queue without a scan: what the last scan found, and what this context has claimed and added
 * since. A claim on the cache is guarded like any other: it fails where another context was first.
 *
 * States, changed only by the queue's claimer:
 * - `empty`: the next claim scans. Anything that may have made a due event sets this state, also while a scan runs.
 * - `scanning`: a scan runs, or it found events that a cache does not hold. Only a cache in this state is filled.
 * - `current`: the cache can be claimed from.
 * - `shared`: the same, once the claims that other contexts have made since are applied. A contended cache is shared.
 *
 * Invariant of a filled cache: each segment that was not claimed by the newest epoch is in the snapshot, or has a number from
 * `nextSeq` on; where the cache is cut, it may also lie between. Segments of all queues and contexts have consecutive
 * numbers in commit order. So where the next number is a segment of this context, no other context has added one before it.
 */
export class QueueCache {
  readonly #contention: Contention;
  readonly #published: PublishedSegments;
  #state: 'empty' | 'scanning' | 'current' | 'shared' = 'empty';
  /** Set while the cache is filled. */
  #snapshot: QueueSnapshot | undefined;
  #isCut = false;
  #nextSeq = 0;
  /** When the first waiting event is due, or the first lease expires. Such an event goes before those of the cache. */
  #returnsAt = NEVER;
  /** Whether another context has given a hint since the scan began. */
  #isHinted = false;

  constructor(contention: Contention, published: PublishedSegments) {
    this.#contention = contention;
    this.#published = published;
  }

  /** The snapshot for a claim of `limit` events. Undefined if only a scan finds due events. */
  claimable(now: number, limit: number): QueueSnapshot | undefined {
    const snapshot = this.#usable(now);
    if (!snapshot || (this.#isCut && countFresh(snapshot) >= limit)) return snapshot;
    const added = this.#isCut
      ? undefined
      : this.#published.takeFrom(this.#contention.queue, this.#nextSeq);
    if (!added) return this.clear();
    this.#nextSeq = added.nextSeq;
    this.#snapshot = { ...snapshot, segments: [...snapshot.segments, ...added.segments] };
    return this.#snapshot.segments.length > 0 ? this.#snapshot : undefined;
  }

  /**
   * The number from which on a segment would be new. Undefined unless the queue is idle: nothing can be claimed, and no
   * context holds or claims anything.
   */
  get nextSeqIfIdle(): number | undefined {
    const snapshot = this.#snapshot;
    if (this.#state !== 'current' || this.#isCut || !snapshot || snapshot.segments.length > 0)
      return undefined;
    return this.#returnsAt !== (snapshot.nextReturnAt ?? NEVER) ? undefined : this.#nextSeq;
  }

  /** The newest known epoch of a shared cache: the claims after it are to be applied. Undefined in the other states. */
  sharedEpoch(now: number): number | undefined {
    const snapshot = this.#usable(now);
    return this.#state === 'shared' ? snapshot?.newest.epoch : undefined;
  }

  /** Applies the claims of other contexts. Returns false if one of their decisions is no claim. Then a scan is needed. */
  applyClaims(rows: readonly EpochRow[]): boolean {
    for (const row of rows) {
      if (!isClaim(row)) return false;
      this.#apply(row, row.claim);
    }
    return this.#snapshot !== undefined;
  }

  /**
   * The number from which on segments are to be read, so that the cache holds `limit` events. Undefined where none can be
   * missing. After a hint of another context that has also claimed, a claim on these segments fails, and the next one scans.
   */
  firstMissingSeq(now: number, limit: number): number | undefined {
    const snapshot = this.#usable(now);
    if (!snapshot || countFresh(snapshot) >= limit) return undefined;
    const isAllClaimed = snapshot.segments.length === 0;
    const isHinted = isAllClaimed && !this.#isCut && this.#isHinted;
    if (this.#state === 'current' && !isHinted) return undefined;
    this.#isHinted = false;
    return isAllClaimed ? this.#nextSeq : snapshot.newest.cursor.seq;
  }

  /** Replaces the segments by those that were read. If none was found, only a scan shows the reason of the hint. */
  replaceSegments(segments: readonly SegmentSnapshot[], isCut: boolean): void {
    const last = segments.at(-1);
    if (!this.#snapshot || !last || !areKeepable(segments)) return this.clear();
    this.#snapshot = { ...this.#snapshot, segments };
    this.#nextSeq = Math.max(this.#nextSeq, last.seq + 1);
    this.#isCut = isCut;
  }

  /** Another context has given a hint: most likely it has added a segment. */
  noteHint(): void {
    this.#isHinted = true;
  }

  beginScan(): void {
    this.clear();
    this.#state = 'scanning';
    this.#isHinted = false;
  }

  /** A scan found nothing but segments and claims. To be called before this context claims on it. */
  fill({ snapshot, isCut, isShared }: ScanResult): void {
    const { segments, newest, nextReturnAt, claims } = snapshot;
    if (this.#state !== 'scanning' || !areKeepable(segments)) return this.clear();
    this.#state = isShared ? 'shared' : 'current';
    this.#noteContention();
    this.#snapshot = { ...snapshot, due: [] };
    this.#isCut = isCut;
    this.#nextSeq = Math.max(newest.cursor.seq, (segments.at(-1)?.seq ?? 0) + 1);
    this.#returnsAt = earliest([nextReturnAt ?? NEVER, ...claims.map(firstExpiry)]);
  }

  /** This context has claimed events of the cache. */
  noteClaim({ newest, claim }: Claimed): void {
    this.#apply(newest, claim.row);
  }

  clear(): undefined {
    this.#state = 'empty';
    this.#snapshot = undefined;
  }

  #apply(newest: EpochRow, claim: ClaimRow): void {
    if (!this.#snapshot) return;
    this.#returnsAt = earliest([this.#returnsAt, firstExpiry(claim)]);
    const openEpochs = [...this.#snapshot.openEpochs, newest.epoch];
    const snapshot = { ...this.#snapshot, newest, openEpochs };
    this.#snapshot = { ...snapshot, segments: freshSegments(snapshot) };
    // Another context may have claimed beyond the segments of the cache.
    this.#nextSeq = Math.max(this.#nextSeq, newest.cursor.seq);
  }

  /** The snapshot, if the cache is filled and not too old. */
  #usable(now: number): QueueSnapshot | undefined {
    const snapshot = this.#snapshot;
    if (!snapshot || now >= this.#returnsAt) return undefined;
    const { at, lock } = snapshot.stamp;
    if (lock.isEnded || Math.abs(now - at) > MAX_AGE_MS) return undefined;
    this.#noteContention();
    return snapshot;
  }

  /** A filled cache is shared while other contexts claim. */
  #noteContention(): void {
    if (this.#contention.state !== 'alone') this.#state = 'shared';
  }
}

/** Whether the segments are few enough to be kept. Unusable segments are never kept, because their keys may be no numbers. */
function areKeepable(segments: readonly SegmentSnapshot[]): boolean {
  const bytes = segments.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0);
  return isKeepable(bytes) && segments.every(({ verdict }) => verdict === 'ok');
}

function firstExpiry({ held }: ClaimRow): number {
  return earliest(held.map(({ expiresAt }) => expiresAt));
}

/** Whether the row is a claim and no other decision. */
function isClaim(row: EpochRow): row is EpochRow & { readonly claim: ClaimRow } {
  return check('epochs', row) === 'ok' && checkInlineClaim(row) === 'ok';
}
