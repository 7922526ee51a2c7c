import type { SegmentSnapshot } from '../scanning/queue-snapshot.ts';
import { comparePositions } from '../schema/held-spans.ts';
import type { WaitingRow } from '../schema/schema.ts';
import { levelsOf } from './choose-by-priority.ts';
import { splitByKind } from './choose-events.ts';

/** The most payload rows, and about the most bytes, that one scan reads. */
const MAX_SCAN_ROWS = 128;
const MAX_SCAN_BYTES = 16 * 1_048_576;
/** The most segments and bytes that a scan reads for later claims. */
const MAX_ROWS_AHEAD = 32;
const BYTES_AHEAD = 262_144;
/** How many claims one read serves while contexts compete: two claims of each of four contexts. */
const SHARED_CLAIMS = 8;

/**
 * How many segments a scan of one queue reads: enough for the claim, and never too many for memory. The size of a row is not
 * known before it is read, so both figures are estimated from the last read.
 */
export class ReadAhead {
  /** Events and bytes of a segment. They start with few events and many bytes. */
  #events = 16;
  #bytes = 1_048_576;

  /** The most segments that one scan reads. */
  get maxRows(): number {
    return Math.min(MAX_SCAN_ROWS, Math.max(1, Math.floor(MAX_SCAN_BYTES / this.#bytes)));
  }

  /**
   * Segments that most likely hold `limit` events, one more to detect further ones, and small segments for later claims.
   * With `isShared` other contexts claim the next events too. Then the segments serve several claims or, if those are too many,
   * this claim alone.
   */
  rowsFor(limit: number, isShared = false): number {
    const least = this.#leastFor(isShared ? limit * SHARED_CLAIMS : limit);
    if (isShared && least >= this.maxRows) return this.#leastFor(limit);
    return Math.max(least, this.#rowsAhead);
  }

  /** Estimates by segments that were read. */
  note(segments: readonly SegmentSnapshot[]): void {
    const usable = segments.filter(({ size }) => size > 0);
    if (usable.length === 0) return;
    this.#events = usable.reduce((sum, { size }) => sum + size, 0) / usable.length;
    this.#bytes = usable.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0) / usable.length;
  }

  get #rowsAhead(): number {
    return Math.min(MAX_ROWS_AHEAD, Math.floor(BYTES_AHEAD / this.#bytes), this.maxRows);
  }

  #leastFor(limit: number): number {
    return Math.min(this.maxRows, Math.ceil(limit / this.#events) + 1);
  }
}

/** The first waiting events of each priority and kind, as many as lie in {@link MAX_SCAN_ROWS} payload rows. */
export function withinRowLimit(due: readonly WaitingRow[]): readonly WaitingRow[] {
  const kinds = levelsOf(due).flatMap((level) => Object.values(splitByKind(level)));
  return kinds.flatMap(firstRows);
}

function firstRows(due: readonly WaitingRow[]): readonly WaitingRow[] {
  const rows = new Set<number | string>();
  return due.toSorted(comparePositions).filter(({ seq, at }) => {
    const row = typeof at === 'string' ? at : seq;
    if (rows.size < MAX_SCAN_ROWS) rows.add(row);
    return rows.has(row);
  });
}
