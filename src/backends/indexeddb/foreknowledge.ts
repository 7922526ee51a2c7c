import { earliest } from './abandoned.ts';
import { freshSegments, type QueueView, type SeenSegment } from './queue-view.ts';
import type { ClaimRow, SegmentRow } from './schema.ts';
import type { Taking } from './take-events.ts';

/** For so long after a look nothing need be looked up: what others do without a hint takes effect so much later. */
const KNOWN_MS = 1_000;

/** What others tell of their looks counts for so many times as long as one look: a message carries no truth. */
const MOST_TOLD = 10;

/** Of what this context published, and may claim without reading it again. */
const MAX_NOTES = 128;
const MAX_NOTED_BYTES = 1_048_576;

const NEVER = Number.POSITIVE_INFINITY;

type Taken = Pick<Taking, 'newest' | 'claim'>;

/** A segment that this context has added; without its row it is of another queue. */
interface Note {
  readonly seq: number;
  readonly row?: SegmentRow | undefined;
}

interface IdleLook {
  readonly view: QueueView;
  /** When it was taken, or somebody else told that there is still nothing. */
  readonly lookedAt: number;
}

/**
 * What a context knows of one queue without a look: how it stood at the last one, what it has itself claimed and
 * added since. A claim that is made on it is guarded as any other: where somebody else was first, it fails.
 *
 * Invariant: while there is a `#view`, every segment of the queue that was not claimed by its newest epoch is in it,
 * or has a number from `#nextSeq` on; where it `#isCut`, nobody knows how many of these there are. Segments of all
 * queues and contexts are numbered in one row, in the order in which they are committed; so a note under the next number tells that nobody else has added anything in between.
 */
export class Foreknowledge {
  #view: QueueView | undefined;
  #nextSeq = 0;
  #isCut = false;
  /** When the first of what waits is due, or of what is held is free: it goes before what is known. */
  #returnsAt = NEVER;
  #notes: Note[] = [];
  #notedBytes = 0;
  #isDistrustedUntil = -NEVER;
  /** When another context last told that there is nothing. */
  #toldAt = -NEVER;
  /** Something has changed, or may have, since a look began. */
  #isDoubted = false;
  /** Others have given a hint since a look began. */
  #isExpecting = false;

  /** What can be claimed, of `limit` events that are asked for; undefined where only a look can tell. */
  recall(now: number, limit: number): QueueView | undefined {
    const view = this.#view;
    if (!view || !this.#isCurrent(now)) return undefined;
    // There are more than those that are known: a look tells which.
    if (this.#isCut) return countEvents(view) < limit ? this.forget() : view;
    const added: SeenSegment[] = [];
    for (const { seq, row } of this.#notes) {
      if (seq < this.#nextSeq) continue;
      if (seq > this.#nextSeq) return this.forget();
      this.#nextSeq += 1;
      if (row) added.push(ownSegment(seq, row));
    }
    this.#dropNotes();
    this.#view = { ...view, segments: [...view.segments, ...added] };
    return this.#view.segments.length > 0 ? this.#view : undefined;
  }

  /**
   * The last look, however old, where it found nothing, nothing has come since, and nothing was taken that comes back.
   * What others told of theirs counts as long as this one is not too old for somebody who asks for `staleMs`.
   */
  recallNothing(now: number, staleMs: number): IdleLook | undefined {
    const view = this.#view;
    const isEmpty = view?.segments.length === 0 && !this.#notes.some((note) => this.#isNew(note));
    const isHeld = this.#returnsAt !== (view?.nextReturnAt ?? NEVER);
    if (!isEmpty || isHeld || this.#isExpecting || now >= this.#returnsAt) return undefined;
    const agoMs = Math.abs(now - view.seen.at);
    const toldAgoMs = agoMs < staleMs * MOST_TOLD ? Math.abs(now - this.#toldAt) : NEVER;
    return { view, lookedAt: now - Math.min(agoMs, toldAgoMs) };
  }

  /**
   * The number from which on to look for what others have added. Whatever else they did that changes what is known, they
   * have claimed for it, and a claim that is made on this fails.
   */
  expectedFrom(now: number): number | undefined {
    const isAllTaken = this.#view?.segments.length === 0 && !this.#isCut && this.#isCurrent(now);
    if (!isAllTaken || !this.#isExpecting) return undefined;
    this.#isExpecting = false;
    return this.#nextSeq;
  }

  /** All segments from there on, or the first of them. False where only a look can tell what they come to. */
  extend(fromSeq: number, added: readonly SeenSegment[], isCut: boolean): boolean {
    const view = this.#view;
    if (!view || this.#nextSeq !== fromSeq || !isKeepable(added)) return false;
    this.#view = { ...view, segments: added };
    this.#nextSeq = (added.at(-1)?.seq ?? fromSeq - 1) + 1;
    this.#isCut = isCut;
    return added.length > 0;
  }

  /** Another context has given a hint. */
  expect(): void {
    this.#isExpecting = true;
  }

  /** Another context has looked, and there was nothing. */
  noteNothing(now: number): void {
    this.#toldAt = now;
  }

  /** A look begins, which may not take in what is noted from now on. */
  beginLook(): void {
    this.forget();
    this.#isDoubted = false;
    this.#isExpecting = false;
  }

  /** A segment was added here. */
  note(seq: number, row: SegmentRow | undefined): void {
    // It is beyond what is known.
    if (this.#view && this.#isCut) return;
    this.#notes.push({ seq, row });
    this.#notedBytes += row?.bytes ?? 0;
    if (this.#notes.length <= MAX_NOTES && this.#notedBytes <= MAX_NOTED_BYTES) return;
    this.#dropNotes();
    this.doubt();
  }

  /** After a look that showed nothing but segments, all or, where it `isCut`, the first of them; and after what was claimed on it. */
  learn(view: QueueView, isCut: boolean, taken?: Taken): undefined {
    const isOld = view.seen.at < this.#isDistrustedUntil;
    if (isOld || this.#isDoubted || !isKeepable(view.segments)) return this.forget();
    this.#isCut = isCut;
    this.#toldAt = -NEVER;
    this.#view = { ...view, due: [] };
    this.#nextSeq = Math.max(view.newest.cursor.seq, (view.segments.at(-1)?.seq ?? 0) + 1);
    this.#returnsAt = earliest([view.nextReturnAt ?? NEVER, ...view.claims.map(firstExpiry)]);
    if (taken) this.advance(taken);
  }

  /** What is known was claimed from. */
  advance({ newest, claim }: Taken): void {
    if (!this.#view) return;
    this.#returnsAt = earliest([this.#returnsAt, firstExpiry(claim.row)]);
    const view = { ...this.#view, newest, openEpochs: [...this.#view.openEpochs, newest.epoch] };
    this.#view = { ...view, segments: freshSegments(view) };
  }

  /** What was recalled was not so: others are at work, and for a while only looks count. */
  distrust(now: number): void {
    this.#isDistrustedUntil = now + KNOWN_MS;
  }

  /** Something has changed, or may have: what is being looked up may be out of date, too. */
  doubt(): void {
    this.#isDoubted = true;
    this.forget();
  }

  forget(): undefined {
    this.#view = undefined;
  }

  #isCurrent(now: number): boolean {
    const view = this.#view;
    return !!view && Math.abs(now - view.seen.at) <= KNOWN_MS && now < this.#returnsAt;
  }

  #isNew({ seq, row }: Note): boolean {
    return row !== undefined && seq >= this.#nextSeq;
  }

  #dropNotes(): void {
    this.#notes = [];
    this.#notedBytes = 0;
  }
}

/** How many events are left in `view`. */
function countEvents({ segments, newest: { cursor } }: QueueView): number {
  const all = segments.reduce((sum, { size }) => sum + size, 0);
  return segments[0]?.seq === cursor.seq ? all - cursor.at : all;
}

/** Not too much, and each by a number that can be reckoned with: those that are to be put aside may have keys of any kind. */
function isKeepable(segments: readonly SeenSegment[]): boolean {
  const bytes = segments.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0);
  return bytes <= MAX_NOTED_BYTES && segments.every(({ verdict }) => verdict === 'ok');
}

function firstExpiry({ held }: ClaimRow): number {
  return earliest(held.map(({ expiresAt }) => expiresAt));
}

function ownSegment(seq: number, row: SegmentRow): SeenSegment {
  return { seq, row: { ...row, seq } as Required<SegmentRow>, verdict: 'ok', size: row.ids.length };
}
