/**
 * Items by the ids of their events. Random ids are unique. An id that a caller chose may be the id of an event in each of
 * several channels: their items are then kept side by side.
 */
export class ByEventId<T extends object> {
  readonly #items = new Map<string, T | Map<string, T>>();
  readonly #channelOf: (item: T) => string;

  constructor(channelOf: (item: T) => string) {
    this.#channelOf = channelOf;
  }

  /** The number of ids. */
  get size(): number {
    return this.#items.size;
  }

  /** The item of the event. Without a channel: of the newest event of this id. */
  get(eventId: string, channel?: string): T | undefined {
    const found = this.#items.get(eventId);
    if (found instanceof Map) return found.get(channel ?? ([...found.keys()].at(-1) as string));
    return !found || !channel || this.#channelOf(found) === channel ? found : undefined;
  }

  set(eventId: string, item: T): void {
    const found = this.#items.get(eventId);
    const channel = this.#channelOf(item);
    if (found instanceof Map) {
      found.delete(channel);
      found.set(channel, item);
    } else if (!found || this.#channelOf(found) === channel) this.#items.set(eventId, item);
    else
      this.#items.set(
        eventId,
        new Map([
          [this.#channelOf(found), found],
          [channel, item],
        ]),
      );
  }

  /** Removes this very item. */
  remove(eventId: string, item: T): void {
    const found = this.#items.get(eventId);
    if (found === item) this.#items.delete(eventId);
    else if (found instanceof Map && found.get(this.#channelOf(item)) === item) {
      found.delete(this.#channelOf(item));
      if (found.size === 0) this.#items.delete(eventId);
    }
  }

  /** Removes and returns all items. */
  takeAll(): T[] {
    const all = [...this.#items.values()].flatMap((found) =>
      found instanceof Map ? [...found.values()] : found,
    );
    this.#items.clear();
    return all;
  }
}
