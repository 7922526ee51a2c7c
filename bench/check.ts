/** Throws if a bench did not do its work, because its figures would be meaningless. */
export function check(holds: boolean, claim: string, got: unknown): asserts holds {
  if (!holds) throw new Error(`the bench must see that ${claim}, got ${String(got)}`);
}

/** Counts handled events and repetitions. It never throws, because a queue could treat that as a failed handler. */
export class Tally {
  readonly #seen: Uint8Array;
  count = 0;
  doubles = 0;

  constructor(size: number) {
    this.#seen = new Uint8Array(size);
  }

  add(sequence: number): void {
    if (this.#seen[sequence] === 0) this.count += 1;
    else this.doubles += 1;
    this.#seen[sequence] = 1;
  }

  get isComplete(): boolean {
    return this.count === this.#seen.length;
  }
}
