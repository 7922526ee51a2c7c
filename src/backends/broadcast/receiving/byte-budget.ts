/** What each buffered item costs beside its content, in bytes: memory for the entry, and later work. */
const BASE_COST = 4_096;

/** How many bytes may be buffered of what other contexts send and this context did not ask for. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is room. The room is taken until {@link release}. */
  take(bytes: number): boolean {
    const cost = bytes + BASE_COST;
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  release(bytes: number): void {
    this.#left += bytes + BASE_COST;
  }
}
