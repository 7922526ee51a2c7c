/** What keeping anything costs beside its content, in bytes. */
const BASE_COST = 200;

/** How many bytes may be kept at once of what others send and nobody has asked for. */
export class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is room; it is taken then, until it is given back. */
  take(bytes: number): boolean {
    const cost = bytes + BASE_COST;
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes + BASE_COST;
  }
}
