/**
 * The handlers that started in the last `perMs` milliseconds, so that at most `limit` start in any such span. Times are of
 * one clock that is never set back.
 */
export class StartWindow {
  readonly #limit: number;
  readonly #perMs: number;
  /** Oldest first. Starts at the same time are one entry. */
  #starts: { readonly at: number; count: number }[] = [];
  #count = 0;

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** How many handlers may start now. */
  freeAt(now: number): number {
    const end = this.#starts.findIndex(({ at }) => at + this.#perMs > now);
    const ended = this.#starts.splice(0, end < 0 ? this.#starts.length : end);
    for (const { count } of ended) this.#count -= count;
    return this.#limit - this.#count;
  }

  /** Milliseconds until a handler may start, 0 if one may start now. */
  restMsAt(now: number): number {
    const [first] = this.#starts;
    return this.freeAt(now) > 0 || !first ? 0 : first.at + this.#perMs - now;
  }

  add(now: number): void {
    const last = this.#starts.at(-1);
    if (last?.at === now) last.count += 1;
    else this.#starts.push({ at: now, count: 1 });
    this.#count += 1;
  }
}
