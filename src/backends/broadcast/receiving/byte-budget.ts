/** The bytes that each buffered item counts beyond its content, for its entry in memory and later work. */
const BASE_COST = 4_096;

/** How many bytes of unrequested messages of other contexts may be buffered. */
export class ByteBudget {
  readonly #makeRoom: () => boolean;
  #left: number;

  /** `makeRoom` releases some of what is taken, and returns whether it could. */
  constructor(bytes: number, makeRoom: () => boolean) {
    this.#left = bytes;
    this.#makeRoom = makeRoom;
  }

  /** Whether there is room. The room is taken until {@link release}. */
  take(bytes: number): boolean {
    const cost = bytes + BASE_COST;
    while (cost > this.#left) if (!this.#makeRoom()) return false;
    this.#left -= cost;
    return true;
  }

  release(bytes: number): void {
    this.#left += bytes + BASE_COST;
  }
}
