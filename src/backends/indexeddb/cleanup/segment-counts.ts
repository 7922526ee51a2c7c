import type { Change } from '../claims/update-claim.ts';

/** Of so many segments at the most it is counted what is left: what is forgotten here, a sweep finds. */
const MOST_SEGMENTS = 4_096;

interface Left {
  readonly queue: string;
  count: number;
}

/** Counts, segment by segment, what is left of those that this context claimed from. */
export class SegmentCounts {
  /** By number, in the order in which they were claimed from first. */
  readonly #left = new Map<number, Left>();

  /** How many segments are counted. */
  get size(): number {
    return this.#left.size;
  }

  /** An event of a segment of `size` events was claimed here for the first time. */
  notice(queue: string, seq: number, size: number): void {
    if (this.#left.has(seq)) return;
    this.#left.set(seq, { queue, count: size });
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_SEGMENTS) this.#left.delete(oldest as number);
  }

  /** Events are done with for good; answers of which segments nothing is left now. */
  settle(finals: readonly Change[]): number[] {
    const spent: number[] = [];
    for (const { event } of finals) {
      const { seq, at } = event;
      const left = this.#left.get(seq);
      // A delayed event lies elsewhere; of a segment that is not counted others had a part.
      if (typeof at === 'string' || left === undefined) continue;
      left.count -= 1;
      if (left.count > 0) continue;
      this.#left.delete(seq);
      spent.push(seq);
    }
    return spent;
  }

  /** Segments of the queue are gone, whichever context deleted them: these, and all before `sweptSeq`. */
  forget(queue: string, sweptSeq: number, gone: readonly number[]): void {
    for (const seq of gone) this.#left.delete(seq);
    for (const [seq, left] of this.#left)
      if (left.queue === queue && seq < sweptSeq) this.#left.delete(seq);
  }

  clear(): void {
    this.#left.clear();
  }
}
