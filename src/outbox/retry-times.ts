/** Times of retries that are kept to show the next one. */
const MOST_TIMES = 32;

/** When the next events that failed by themselves are due again. */
export class RetryTimes {
  /** Earliest first. */
  #times: readonly number[] = [];

  add(now: number, delayMs: number): void {
    const later = this.#times.filter((at) => at > now);
    const times = [...later, now + delayMs].toSorted((one, other) => one - other);
    this.#times = times.slice(0, MOST_TIMES);
  }

  clear(): void {
    this.#times = [];
  }

  nextAfter(now: number): number | null {
    return this.#times.find((at) => at > now) ?? null;
  }
}
