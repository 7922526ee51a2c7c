import type { BrowsedEvent, BrowsedPage } from '../core/protocols/browsed-page.ts';

/** Pages that are kept. The view shows at most two. */
const MOST_CHUNKS = 5;

interface Chunk {
  readonly start: number;
  readonly events: readonly BrowsedEvent[];
}

/** The events from `index` follow the cursor `after`. */
export interface Mark {
  readonly index: number;
  readonly after: string | undefined;
}

const START: Mark = { index: 0, after: undefined };

/** What is known of the events of one browse: some pages, the cursors of all pages that were read, and perhaps the end. */
export class KnownEvents {
  #chunks: readonly Chunk[] = [];
  /** Sorted by index. */
  #marks: readonly Mark[] = [START];
  /** The number of events, where the last page was read. */
  #end: number | undefined;

  /** `counted`: the number of events by the channel's counts. */
  total(counted: number): number {
    const lastMark = this.#marks.at(-1) ?? START;
    return this.#end ?? Math.max(counted, lastMark.index + 1);
  }

  at(index: number): BrowsedEvent | undefined {
    const chunk = this.#chunks.find(
      ({ start, events }) => index >= start && index < start + events.length,
    );
    return chunk?.events[index - chunk.start];
  }

  /** The last mark at or before `index`. */
  markBefore(index: number): Mark {
    return this.#marks.findLast((mark) => mark.index <= index) ?? START;
  }

  /** `isShown`: whether the events are kept, and not only their cursor. */
  note(start: number, { events, after }: BrowsedPage, isShown: boolean): void {
    if (isShown) this.#chunks = [{ start, events }, ...this.#chunks].slice(0, MOST_CHUNKS);
    const index = start + events.length;
    if (after === undefined) this.#end = index;
    else
      this.#marks = [...this.#marks.filter((mark) => mark.index !== index), { index, after }].sort(
        (a, b) => a.index - b.index,
      );
  }
}
