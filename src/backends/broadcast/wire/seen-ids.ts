const MAX_SEEN = 10_000;

/** The ids of the last events that were received: what comes again with one of them is dropped. */
export class SeenIds {
  readonly #ids = new Set<string>();

  add(eventId: string): void {
    this.#ids.add(eventId);
    if (this.#ids.size <= MAX_SEEN) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest as string);
  }

  has(eventId: string): boolean {
    return this.#ids.has(eventId);
  }
}
