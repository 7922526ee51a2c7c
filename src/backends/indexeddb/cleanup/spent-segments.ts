import type { Runtime, Stop } from '../../../core/runtime.ts';
import { type Change, isFinal } from '../claims/update-claim.ts';
import type { Connection } from '../database/connection.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import { keyRanges } from '../schema/key-ranges.ts';
import { SegmentCounts } from './segment-counts.ts';

/** So soon after the last of its events was settled a segment is gone; at once where there are so many. */
const CLEARED_WITHIN_MS = 250;
const MOST_SEGMENTS = 16;

export interface SpentSegmentsOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly onFault: (queue: string, error: unknown) => void;
}

interface Heap {
  /** When the first of them was known to be spent. */
  readonly stamp: ReadStamp;
  readonly segments: number[];
  /** Whose they are. */
  readonly queues: Set<string>;
}

/**
 * The segments of which all was settled here. They are cleared away in heaps, and not by the settlements: a delete is the
 * dearest of all requests, and who settles would wait for those who publish. What is forgotten here, a sweep finds.
 */
export class SpentSegments {
  readonly #options: SpentSegmentsOptions;
  readonly #tally = new SegmentCounts();
  #heap: Heap | undefined;
  #clearing: Promise<void> | undefined;
  #stopTimer: Stop | undefined;

  constructor(options: SpentSegmentsOptions) {
    this.#options = options;
  }

  /** An event of a segment of `size` events was claimed here for the first time. */
  noteClaimed(queue: string, seq: number, size: number): void {
    this.#tally.notice(queue, seq, size);
  }

  /** These changes were made, as of `seen`. */
  noteSettled(queue: string, changes: readonly Change[], stamp: ReadStamp): void {
    const spent = this.#tally.settle(changes.filter(isFinal));
    if (spent.length === 0) return;
    this.#heap ??= { stamp, segments: [], queues: new Set() };
    this.#heap.segments.push(...spent);
    this.#heap.queues.add(queue);
    if (this.#heap.segments.length >= MOST_SEGMENTS) this.#clear();
    else this.#stopTimer ??= this.#options.runtime.after(CLEARED_WITHIN_MS, () => this.#clear());
  }

  /** A sweep of the queue deleted segments, and found none left before `sweptSeq`. */
  noteSwept(queue: string, sweptSeq: number, gone: readonly number[]): void {
    this.#tally.forget(queue, sweptSeq, gone);
  }

  /** Of how many segments it is counted what is left. */
  get countedSegments(): number {
    return this.#tally.size;
  }

  /** Whether something of `queue` will be cleared away soon. */
  isPending(queue: string): boolean {
    return this.#heap?.queues.has(queue) ?? false;
  }

  /** They are those of another database. */
  forget(): void {
    this.#tally.clear();
    this.#heap = undefined;
  }

  /** Clears all away. Never rejects. */
  async close(): Promise<void> {
    this.#clear();
    await this.#clearing;
  }

  #clear(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#heap) this.#clearing = this.#delete(this.#heap);
    this.#heap = undefined;
  }

  async #delete({ stamp, segments, queues }: Heap): Promise<void> {
    try {
      await this.#clearing;
      const deletes = keyRanges(segments).map((run) => ['delete', 'segments', run] as const);
      // In another period it may be another database.
      await this.#options.connection.clear(stamp, deletes);
    } catch (error) {
      for (const queue of queues) this.#options.onFault(queue, error);
    }
  }
}
