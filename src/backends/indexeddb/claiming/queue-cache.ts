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
import type { Contention } from './contention.ts';
import { isKeepable, type PublishedSegments } from './published-segments.ts';

/** Older caches are not used: what other contexts do without a hint takes effect after this time at the latest. */
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

interface Scanning {
  readonly kind: 'scanning';
  /** Whether another context has given a hint since the scan began. */
  readonly isHinted: boolean;
}

interface Filled extends Pick<ScanResult, 'snapshot' | 'isCut'>, Pick<Scanning, 'isHinted'> {
  readonly kind: 'current' | 'shared';
  /** Segments from this number on are not in the snapshot. */
  readonly nextSeq: number;
  /** When the first waiting event is due, or the first lease expires. Such an event goes before those of the cache. */
  readonly returnsAt: number;
}

type State = { readonly kind: 'empty' } | Scanning | Filled;

const EMPTY: State = { kind: 'empty' };

/**
 * What a context knows of one queue without a scan: what the last scan found, and what this context has claimed and added
 * since. A claim on the cache is guarded like any other: it fails where another context was first.
 *
 * States, changed only by the queue's claimer:
 * - `empty`: the next claim scans. Anything that may have made a due event sets this state, also while a scan runs.
 * - `scanning`: a scan runs, and nothing has happened that it may have missed. Only a cache in this state is filled.
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
  #state = EMPTY;

  constructor(contention: Contention, published: PublishedSegments) {
    this.#contention = contention;
    this.#published = published;
  }

  /** The snapshot to claim `limit` events from. Undefined where only a scan shows what is due. */
  claimable(now: number, limit: number): QueueSnapshot | undefined {
    const state = this.#usable(now);
    if (!state) return undefined;
    if (state.isCut && countEvents(state.snapshot) >= limit) return state.snapshot;
    const { queue } = this.#contention;
    const added = state.isCut ? undefined : this.#published.takeFrom(queue, state.nextSeq);
    if (!added) return this.clear();
    const segments = [...state.snapshot.segments, ...added.segments];
    const snapshot = { ...state.snapshot, segments };
    this.#state = { ...state, snapshot, nextSeq: added.nextSeq };
    return segments.length > 0 ? snapshot : undefined;
  }

  /**
   * The number from which on a segment would be new. Undefined unless the queue is idle: nothing can be claimed, and no
   * context holds or claims anything.
   */
  get idleFrom(): number | undefined {
    const state = this.#state;
    if (state.kind !== 'current' || state.isCut || state.snapshot.segments.length > 0)
      return undefined;
    const isHeld = state.returnsAt !== (state.snapshot.nextReturnAt ?? NEVER);
    return isHeld ? undefined : state.nextSeq;
  }

  /** The newest known epoch of a shared cache: the claims after it are to be applied. Undefined in the other states. */
  sharedEpoch(now: number): number | undefined {
    const state = this.#usable(now);
    return state?.kind === 'shared' ? state.snapshot.newest.epoch : undefined;
  }

  /** Applies the decisions of other contexts. Answers false where one of them is not a claim: then a scan is needed. */
  applyClaims(rows: readonly EpochRow[]): boolean {
    for (const row of rows) {
      if (!isClaim(row)) return false;
      this.#apply(row, row.claim);
    }
    return isFilled(this.#state);
  }

  /**
   * The number from which on segments are to be read, so that the cache holds `limit` events. Undefined where none can be
   * missing. After a hint of another context that has also claimed, a claim on these segments fails, and the next one scans.
   */
  missingFrom(now: number, limit: number): number | undefined {
    const state = this.#usable(now);
    if (!state || countEvents(state.snapshot) >= limit) return undefined;
    const { segments, newest } = state.snapshot;
    const isAllClaimed = segments.length === 0;
    const isHinted = isAllClaimed && !state.isCut && state.isHinted;
    if (state.kind === 'current' && !isHinted) return undefined;
    this.#state = { ...state, isHinted: false };
    return isAllClaimed ? state.nextSeq : newest.cursor.seq;
  }

  /** Replaces the segments by those that were read. Where none was found, only a scan shows what the hint was for. */
  replaceSegments(segments: readonly SegmentSnapshot[], isCut: boolean): void {
    const state = this.#state;
    const last = segments.at(-1);
    if (!isFilled(state) || !last || !areKeepable(segments)) return this.clear();
    const nextSeq = Math.max(state.nextSeq, last.seq + 1);
    this.#state = { ...state, snapshot: { ...state.snapshot, segments }, nextSeq, isCut };
  }

  /** Another context has given a hint: most likely it has added a segment. */
  noteHint(): void {
    if (this.#state.kind !== 'empty') this.#state = { ...this.#state, isHinted: true };
  }

  beginScan(): void {
    this.#state = { kind: 'scanning', isHinted: false };
  }

  /** A scan found nothing but segments and claims. `claimed`: what this context has claimed on it. */
  fill({ snapshot, isCut, isShared }: ScanResult, claimed?: Claimed): void {
    const { segments, newest, nextReturnAt, claims } = snapshot;
    if (this.#state.kind !== 'scanning' || !areKeepable(segments)) return this.clear();
    this.#state = {
      kind: isShared || this.#isContended ? 'shared' : 'current',
      isHinted: this.#state.isHinted,
      snapshot: { ...snapshot, due: [] },
      isCut,
      nextSeq: Math.max(newest.cursor.seq, (segments.at(-1)?.seq ?? 0) + 1),
      returnsAt: earliest([nextReturnAt ?? NEVER, ...claims.map(firstExpiry)]),
    };
    if (claimed) this.noteClaim(claimed);
  }

  /** This context has claimed events of the cache. */
  noteClaim({ newest, claim }: Claimed): void {
    this.#apply(newest, claim.row);
  }

  clear(): undefined {
    this.#state = EMPTY;
  }

  #apply(newest: EpochRow, claim: ClaimRow): void {
    const state = this.#state;
    if (!isFilled(state)) return;
    const openEpochs = [...state.snapshot.openEpochs, newest.epoch];
    const snapshot = { ...state.snapshot, newest, openEpochs };
    this.#state = {
      ...state,
      snapshot: { ...snapshot, segments: freshSegments(snapshot) },
      returnsAt: earliest([state.returnsAt, firstExpiry(claim)]),
      // Another context may have claimed beyond the segments of the cache.
      nextSeq: Math.max(state.nextSeq, newest.cursor.seq),
    };
  }

  /** The state, where the cache is filled and not too old. */
  #usable(now: number): Filled | undefined {
    let state = this.#state;
    if (!isFilled(state)) return undefined;
    const { stamp } = state.snapshot;
    const isOld = stamp.lock.isEnded || Math.abs(now - stamp.at) > MAX_AGE_MS;
    if (isOld || now >= state.returnsAt) return undefined;
    if (this.#isContended) this.#state = state = { ...state, kind: 'shared' };
    return state;
  }

  get #isContended(): boolean {
    return this.#contention.state !== 'alone';
  }
}

function isFilled(state: State): state is Filled {
  return state.kind === 'current' || state.kind === 'shared';
}

/** How many events of the snapshot's segments were never claimed. */
function countEvents({ segments, newest: { cursor } }: QueueSnapshot): number {
  const all = segments.reduce((sum, { size }) => sum + size, 0);
  return segments[0]?.seq === cursor.seq ? all - cursor.at : all;
}

/** Whether the segments are few enough to be kept. Unusable segments are not: their keys may be no numbers. */
function areKeepable(segments: readonly SegmentSnapshot[]): boolean {
  const bytes = segments.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0);
  return isKeepable(bytes) && segments.every(({ verdict }) => verdict === 'ok');
}

function firstExpiry({ held }: ClaimRow): number {
  return earliest(held.map(({ expiresAt }) => expiresAt));
}

/** Whether the row decides a claim and nothing else. */
function isClaim(row: EpochRow): row is EpochRow & { readonly claim: ClaimRow } {
  return check('epochs', row) === 'ok' && checkClaimIn(row) === 'ok';
}
