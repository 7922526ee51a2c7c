/** How many entries of ended events are left alone. */
const MAX_ENDED = 64;

/**
 * The events of a lane by id, for cancels. Nothing is entered before the first cancel, so that other lanes pay nothing. That one
 * enters all events, and from then on each published event is entered. An event that ends stays entered; once more than half of
 * the entries have ended, all are dropped. So each of many cancels costs constant time on average.
 */
export class EventsById<E extends { readonly event: { readonly eventId: string } }> {
  #entries: Map<string, E[]> | undefined;
  #count = 0;

  /** The entered events of this id, the newest last. Some may have ended. `all`: those of the lane, read by the first call. */
  find(eventId: string, all: Iterable<E>): readonly E[] {
    if (!this.#entries) {
      this.#entries = new Map();
      for (const stored of all) this.note(stored);
    }
    return this.#entries.get(eventId) ?? [];
  }

  /** Enters an event, if there are entries. */
  note(stored: E): void {
    if (!this.#entries) return;
    const { eventId } = stored.event;
    const former = this.#entries.get(eventId);
    if (former) former.push(stored);
    else this.#entries.set(eventId, [stored]);
    this.#count += 1;
  }

  /** Call it after each change, so that ended events do not stay in memory. `stored`: how many events the lane has. */
  dropIfSparse(stored: () => number): void {
    if (!this.#entries || this.#count <= MAX_ENDED || this.#count <= 2 * stored() + MAX_ENDED)
      return;
    this.#entries = undefined;
    this.#count = 0;
  }
}
