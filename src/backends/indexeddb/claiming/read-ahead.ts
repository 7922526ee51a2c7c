import type { SegmentSnapshot } from '../scanning/queue-snapshot.ts';
import { comparePositions } from '../schema/held-spans.ts';
import type { WaitingRow } from '../schema/schema.ts';
import { dueLines } from './choose-events.ts';

/** Payload rows and, about, bytes that one look takes in. */
const MAX_ROWS = 128;
const MAX_BYTES = 16 * 1_048_576;
/** What a look takes in beyond what is asked for. */
const MAX_ROWS_AHEAD = 32;
const BYTES_AHEAD = 262_144;
/** Claims of competitors that one reading is to serve: two of each of four. */
const SHARED_CLAIMS = 8;

/**
 * How much a look at one queue is to take in: enough for what is asked for, and never too much for memory. Rows do
 * not tell their size before they are read, so both are guessed from what the last look brought.
 */
export class ReadAhead {
  /** Events and bytes of a segment; at first as few and as many as there can be, about. */
  #events = 16;
  #bytes = 1_048_576;

  /** The most segments that a look may take in. */
  get most(): number {
    return Math.min(MAX_ROWS, Math.max(1, Math.floor(MAX_BYTES / this.#bytes)));
  }

  /** So many segments are likely to hold `limit` events; one more, to see that it was all; small ones for later claims, too. */
  likelyFor(limit: number): number {
    return Math.max(this.#leastFor(limit), this.#ahead);
  }

  /**
   * The same where others are at work, who claim what lies ahead: enough for two claims of each of a few, or, where that
   * is too much, for this one alone.
   */
  sharedFor(limit: number): number {
    const rounds = this.#leastFor(limit * SHARED_CLAIMS);
    return rounds < this.most ? Math.max(rounds, this.#ahead) : this.#leastFor(limit);
  }

  learn(fresh: readonly SegmentSnapshot[]): void {
    const sound = fresh.filter(({ size }) => size > 0);
    if (sound.length === 0) return;
    this.#events = sound.reduce((sum, { size }) => sum + size, 0) / sound.length;
    this.#bytes = sound.reduce((sum, { row }) => sum + (row.bytes ?? 0), 0) / sound.length;
  }

  get #ahead(): number {
    return Math.min(MAX_ROWS_AHEAD, Math.floor(BYTES_AHEAD / this.#bytes), this.most);
  }

  #leastFor(limit: number): number {
    return Math.min(this.most, Math.ceil(limit / this.#events) + 1);
  }
}

/** Those of the events that wait again which come first in their line and lie in not too many rows. */
export function fewRowsOf(due: readonly WaitingRow[]): readonly WaitingRow[] {
  return Object.values(dueLines(due)).flatMap(fewRowsOfLine);
}

function fewRowsOfLine(due: readonly WaitingRow[]): readonly WaitingRow[] {
  const rows = new Set<number | string>();
  return due.toSorted(comparePositions).filter(({ seq, at }) => {
    const row = typeof at === 'string' ? at : seq;
    if (rows.size < MAX_ROWS) rows.add(row);
    return rows.has(row);
  });
}
