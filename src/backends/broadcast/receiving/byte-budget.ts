/** The bytes that each buffered item counts beyond its content, for its entry in memory and later work. */
const BASE_COST = 4_096;

/** What an item of so many bytes takes of the budget. */
export function costOf(bytes: number): number {
  return bytes + BASE_COST;
}

/** How many bytes of unrequested messages of other contexts may be buffered. */
export class ByteBudget {
  readonly #makeRoom: () => boolean;
  readonly #whole: number;
  #left: number;

  /** `makeRoom` releases some of what is taken, and returns whether it could. */
  constructor(bytes: number, makeRoom: () => boolean) {
    this.#whole = bytes;
    this.#left = bytes;
    this.#makeRoom = makeRoom;
  }

  /** Whether there is room. The room is taken until {@link release}. */
  take(bytes: number): boolean {
    const cost = costOf(bytes);
    if (cost > this.#whole) return false;
    while (cost > this.#left) if (!this.#makeRoom()) return false;
    this.#left -= cost;
    return true;
  }

  release(bytes: number): void {
    this.#left += costOf(bytes);
  }
}
