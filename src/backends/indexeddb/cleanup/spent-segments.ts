import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import { type Change, isFinal } from '../claims/update-claim.ts';
import type { Connection } from '../database/connection.ts';
import type { ReadStamp } from '../database/read-stamp.ts';
import { keyRanges } from '../schema/key-ranges.ts';

/** A spent segment is deleted so soon after its last event was settled, or at once when so many segments are spent. */
const DELETED_WITHIN_MS = 250;
const BATCH_SIZE = 16;

/** For how many segments unsettled events are counted at most. A sweep finds spent segments that are not counted. */
const MAX_COUNTED = 4_096;

export interface SpentSegmentsOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly onFault: (queue: string, error: unknown) => void;
}

/** Spent segments that are deleted together. */
interface Batch {
  /** Stamp of the first of them. */
  readonly stamp: ReadStamp;
  readonly segments: number[];
  readonly queues: Set<string>;
}

interface Unsettled {
  readonly queue: string;
  count: number;
}

/**
 * Deletes the segments whose events this context has all settled. It deletes them in batches after the settlements, because
 * a delete is the slowest request and the caller of `ack` would wait for it.
 */
export class SpentSegments {
  readonly #options: SpentSegmentsOptions;
  /** Unsettled events by segment, for segments of which this context has claimed, in the order of the first claim. */
  readonly #unsettled = new Map<number, Unsettled>();
  #batch: Batch | undefined;
  #deleting: Promise<void> | undefined;
  #stopTimer: Stop | undefined;

  constructor(options: SpentSegmentsOptions) {
    this.#options = options;
  }

  /** An event of a segment of `size` events was claimed by this context for the first time. */
  noteClaimed(queue: string, seq: number, size: number): void {
    const all = this.#unsettled;
    if (all.has(seq)) return;
    all.set(seq, { queue, count: size });
    const [oldest] = all.keys();
    if (all.size > MAX_COUNTED) all.delete(oldest as number);
  }

  /** These changes were made, based on the read with this stamp. */
  noteSettled(queue: string, changes: readonly Change[], stamp: ReadStamp): void {
    const spent = this.#countSettled(changes);
    if (spent.length === 0) return;
    this.#batch ??= { stamp, segments: [], queues: new Set() };
    this.#batch.segments.push(...spent);
    this.#batch.queues.add(queue);
    if (this.#batch.segments.length >= BATCH_SIZE) this.#deleteBatch();
    else
      this.#stopTimer ??= this.#options.runtime.after(DELETED_WITHIN_MS, () => this.#deleteBatch());
  }

  /** A sweep of the queue deleted the segments `gone`, and found none left before `sweptSeq`. */
  noteSwept(queue: string, sweptSeq: number, gone: readonly number[]): void {
    for (const seq of gone) this.#unsettled.delete(seq);
    for (const [seq, unsettled] of this.#unsettled)
      if (unsettled.queue === queue && seq < sweptSeq) this.#unsettled.delete(seq);
  }

  /** For how many segments unsettled events are counted. */
  get countedSegments(): number {
    return this.#unsettled.size;
  }

  /** Whether a segment of `queue` is about to be deleted. */
  isPending(queue: string): boolean {
    return this.#batch?.queues.has(queue) ?? false;
  }

  /** To be called when another database is in use. */
  forget(): void {
    this.#unsettled.clear();
    this.#batch = undefined;
  }

  /** Deletes the pending segments. Never rejects. */
  async close(): Promise<void> {
    this.#deleteBatch();
    await this.#deleting;
  }

  /** Returns the segments that are spent now. */
  #countSettled(changes: readonly Change[]): number[] {
    const spent: number[] = [];
    for (const { event } of changes.filter(isFinal)) {
      const { seq, at } = event;
      const unsettled = this.#unsettled.get(seq);
      // The payload of a delayed event is in a row of its own.
      if (typeof at === 'string' || unsettled === undefined) continue;
      unsettled.count -= 1;
      if (unsettled.count > 0) continue;
      this.#unsettled.delete(seq);
      spent.push(seq);
    }
    return spent;
  }

  #deleteBatch(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#batch) this.#deleting = this.#delete(this.#batch);
    this.#batch = undefined;
  }

  async #delete({ stamp, segments, queues }: Batch): Promise<void> {
    try {
      await this.#deleting;
      const deletes = keyRanges(segments).map((run) => ['delete', 'segments', run] as const);
      // The stamp keeps it from deleting segments of another database.
      await this.#options.connection.clear(stamp, deletes);
    } catch (error) {
      for (const queue of queues) this.#options.onFault(queue, error);
    }
  }
}
