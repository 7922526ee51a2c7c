import type { SegmentSnapshot } from '../scanning/queue-snapshot.ts';
import type { SegmentRow } from '../schema/schema.ts';

/** Of what this context published, and may claim without reading it again. */
const MAX_NOTES = 128;
const MAX_NOTED_BYTES = 1_048_576;

/** A segment that this context has added. */
interface Note {
  readonly seq: number;
  readonly queue: string;
  /** Undefined where it was taken, or takes too much. */
  row: SegmentRow | undefined;
}

/**
 * The newest segments that this context has added, of all queues. Segments are numbered across queues and contexts, so a
 * gap in the numbers shows that another context has added one.
 */
export class PublishedSegments {
  readonly #notes: Note[] = [];
  #bytes = 0;
  /** The last segment that is not noted any more. */
  #droppedSeq = 0;

  note(seq: number, row: SegmentRow): void {
    this.#notes.push({ seq, queue: row.queue, row });
    this.#bytes += row.bytes;
    for (const note of this.#notes) {
      if (isKeepable(this.#bytes)) break;
      this.#release(note);
    }
    if (this.#notes.length <= MAX_NOTES) return;
    const oldest = this.#notes.shift() as Note;
    this.#release(oldest);
    this.#droppedSeq = oldest.seq;
  }

  /**
   * Those of the queue from `nextSeq` on, and the number after the newest segment. They are not kept any longer.
   * Undefined where a segment of another context lies in between, or one is not kept.
   */
  takeFrom(
    queue: string,
    nextSeq: number,
  ): { readonly segments: SegmentSnapshot[]; readonly nextSeq: number } | undefined {
    if (nextSeq <= this.#droppedSeq) return undefined;
    const taken: Note[] = [];
    const segments: SegmentSnapshot[] = [];
    let next = nextSeq;
    for (const note of this.#notes) {
      if (note.seq < next) continue;
      if (note.seq > next) return undefined;
      next += 1;
      if (note.queue !== queue) continue;
      if (!note.row) return undefined;
      taken.push(note);
      segments.push(seenSegment(note.seq, note.row));
    }
    for (const note of taken) this.#release(note);
    return { segments, nextSeq: next };
  }

  /** The next segments are those of another database. */
  clear(): void {
    this.#notes.length = 0;
    this.#bytes = 0;
    this.#droppedSeq = 0;
  }

  #release(note: Note): void {
    this.#bytes -= note.row?.bytes ?? 0;
    note.row = undefined;
  }
}

/** Whether so many bytes of rows may be kept. */
export function isKeepable(bytes: number): boolean {
  return bytes <= MAX_NOTED_BYTES;
}

function seenSegment(seq: number, row: SegmentRow): SegmentSnapshot {
  return { seq, row: { ...row, seq } as Required<SegmentRow>, verdict: 'ok', size: row.ids.length };
}
