/** What keeping anything costs beside its content, in bytes: it takes a place, and later some work. */
const BASE_COST = 4_096;

/** How many bytes may be kept at once of what others send and nobody has asked for. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is room, or it is taken `anyway`; it is taken then, until it is given back. */
  take(bytes: number, anyway = false): boolean {
    const cost = bytes + BASE_COST;
    if (cost > this.#left && !anyway) return false;
    this.#left -= cost;
    return true;
  }

  settleFailure(bytes: number): void {
    this.#left += bytes + BASE_COST;
  }
}
