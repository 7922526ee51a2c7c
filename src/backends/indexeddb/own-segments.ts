import type { SeenSegment } from './queue-view.ts';
import type { SegmentRow } from './schema.ts';

/** Of what this context published, and may claim without reading it again. */
const MAX_NOTES = 128;
const MAX_NOTED_BYTES = 1_048_576;

/** A segment that this context has added; without its row it is of another queue. */
interface Note {
  readonly seq: number;
  readonly row?: SegmentRow | undefined;
}

/** The segments that a context has added, and not yet made out among those that it knows of one queue. */
export class OwnSegments {
  #notes: Note[] = [];
  #bytes = 0;

  /** False where there are too many to be kept: then none is. */
  note(seq: number, row: SegmentRow | undefined): boolean {
    this.#notes.push({ seq, row });
    this.#bytes += row?.bytes ?? 0;
    if (this.#notes.length <= MAX_NOTES && isKeepable(this.#bytes)) return true;
    this.clear();
    return false;
  }

  /** Whether one of the queue is numbered from `nextSeq` on. */
  hasFrom(nextSeq: number): boolean {
    return this.#notes.some(({ seq, row }) => row !== undefined && seq >= nextSeq);
  }

  /** Those of the queue from `nextSeq` on, and the number after the last; undefined where somebody else's lies in between. Noted no longer. */
  takeFrom(
    nextSeq: number,
  ): { readonly segments: SeenSegment[]; readonly nextSeq: number } | undefined {
    const segments: SeenSegment[] = [];
    let next = nextSeq;
    for (const { seq, row } of this.#notes) {
      if (seq < next) continue;
      if (seq > next) return undefined;
      next += 1;
      if (row) segments.push(seenSegment(seq, row));
    }
    this.clear();
    return { segments, nextSeq: next };
  }

  clear(): void {
    this.#notes = [];
    this.#bytes = 0;
  }
}

/** Whether so many bytes of rows may be kept. */
export function isKeepable(bytes: number): boolean {
  return bytes <= MAX_NOTED_BYTES;
}

function seenSegment(seq: number, row: SegmentRow): SeenSegment {
  return { seq, row: { ...row, seq } as Required<SegmentRow>, verdict: 'ok', size: row.ids.length };
}
