/** The bytes that each buffered item counts beyond its content, for its entry in memory and later work. */
const BASE_COST = 4_096;

/** How many bytes of unrequested messages of other contexts may be buffered. */
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
