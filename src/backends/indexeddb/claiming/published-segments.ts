import type { SegmentSnapshot } from '../scanning/queue-snapshot.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';

/** The most segments and bytes of its own publishes that a context keeps. */
const MAX_KEPT_SEGMENTS = 128;
const MAX_KEPT_BYTES = 1_048_576;

interface PublishedSegment {
  readonly seq: number;
  readonly queue: string;
  /** Undefined after the row was taken, or was dropped for its size. */
  row: SegmentRow | undefined;
}

/**
 * The newest segments that this context has added, of all queues, so that it claims them without reading them. Segments
 * have consecutive numbers across queues and contexts: a gap shows that another context has added one.
 */
export class PublishedSegments {
  readonly #segments: PublishedSegment[] = [];
  #bytes = 0;
  /** The last segment that was dropped. */
  #droppedSeq = 0;

  add(seq: number, row: SegmentRow): void {
    this.#segments.push({ seq, queue: row.queue, row });
    this.#bytes += row.bytes;
    for (const segment of this.#segments) {
      if (isKeepable(this.#bytes)) break;
      this.#dropRow(segment);
    }
    if (this.#segments.length <= MAX_KEPT_SEGMENTS) return;
    const oldest = this.#segments.shift() as PublishedSegment;
    this.#dropRow(oldest);
    this.#droppedSeq = oldest.seq;
  }

  /**
   * The queue's segments from `nextSeq` on, and the number after the newest segment of all. Their rows are dropped here.
   * Undefined where a segment of another context lies between, or a row was dropped before.
   */
  takeFrom(
    queue: string,
    nextSeq: number,
  ): { readonly segments: SegmentSnapshot[]; readonly nextSeq: number } | undefined {
    if (nextSeq <= this.#droppedSeq) return undefined;
    const taken: PublishedSegment[] = [];
    const segments: SegmentSnapshot[] = [];
    let next = nextSeq;
    for (const segment of this.#segments) {
      if (segment.seq < next) continue;
      if (segment.seq > next) return undefined;
      next += 1;
      if (segment.queue !== queue) continue;
      if (!segment.row) return undefined;
      taken.push(segment);
      segments.push(snapshotOf(segment.seq, segment.row));
    }
    for (const segment of taken) this.#dropRow(segment);
    return { segments, nextSeq: next };
  }

  /** The database was replaced by another one. */
  clear(): void {
    this.#segments.length = 0;
    this.#bytes = 0;
    this.#droppedSeq = 0;
  }

  #dropRow(segment: PublishedSegment): void {
    this.#bytes -= segment.row?.bytes ?? 0;
    segment.row = undefined;
  }
}

/** Whether a context may keep this number of bytes of segments. */
export function isKeepable(bytes: number): boolean {
  return bytes <= MAX_KEPT_BYTES;
}

function snapshotOf(seq: number, row: SegmentRow): SegmentSnapshot {
  return { seq, row: { ...row, seq } as Required<SegmentRow>, verdict: 'ok', size: row.ids.length };
}
