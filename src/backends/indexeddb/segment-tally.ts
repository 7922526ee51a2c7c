import type { Change } from './amend-claim.ts';

/** Counts, segment by segment, what is left of those that this context claimed from. */
export class SegmentTally {
  readonly #left = new Map<number, number>();

  /** An event of a segment of `size` events was claimed here for the first time. */
  notice(seq: number, size: number): void {
    if (!this.#left.has(seq)) this.#left.set(seq, size);
  }

  /** Events are done with for good; answers of which segments nothing is left now. */
  settle(finals: readonly Change[]): number[] {
    const spent: number[] = [];
    for (const { event } of finals) {
      const { seq, at } = event;
      const left = this.#left.get(seq);
      // A delayed event lies elsewhere; of a segment that is not counted others had a part.
      if (typeof at === 'string' || left === undefined) continue;
      if (left > 1) this.#left.set(seq, left - 1);
      else {
        this.#left.delete(seq);
        spent.push(seq);
      }
    }
    return spent;
  }

  forget(seq: number): void {
    this.#left.delete(seq);
  }

  clear(): void {
    this.#left.clear();
  }
}
