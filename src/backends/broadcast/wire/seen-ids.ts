const MAX_SEEN = 10_000;

/** The last ids that were added, {@link MAX_SEEN} at most. */
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
