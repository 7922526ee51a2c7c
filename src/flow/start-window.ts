import type { Delivery } from '../core/delivery/delivery.ts';

/** Those that wait take up the whole limit only for a moment: they are then full, and start. */
const WAITING_REST_MS = 1;

/**
 * The handlers that started in the last `perMs` milliseconds, so that at most `limit` start in any such span. A delivery that
 * waits to start may do so at any time, so it counts, too. Times are of one clock that is never set back.
 */
export class StartWindow {
  /** The deliveries that wait to start. */
  readonly waiting: Set<Delivery> = new Set();
  readonly #limit: number;
  readonly #perMs: number;
  /** Oldest first. Starts at the same time are one entry. */
  #starts: { readonly at: number; count: number }[] = [];
  #count = 0;

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** How many further handlers may start now. */
  freeAt(now: number): number {
    const end = this.#starts.findIndex(({ at }) => at + this.#perMs > now);
    const ended = this.#starts.splice(0, end < 0 ? this.#starts.length : end);
    for (const { count } of ended) this.#count -= count;
    return this.#limit - this.#count - this.waiting.size;
  }

  /** Milliseconds until a further handler may start, 0 if one may start now. */
  restMsAt(now: number): number {
    if (this.freeAt(now) > 0) return 0;
    const [first] = this.#starts;
    return first ? first.at + this.#perMs - now : WAITING_REST_MS;
  }

  add(now: number): void {
    const last = this.#starts.at(-1);
    if (last?.at === now) last.count += 1;
    else this.#starts.push({ at: now, count: 1 });
    this.#count += 1;
  }
}
