import type { NewEvent } from '../../queue/event-store.ts';

/**
 * The ids that callers gave to the events of one channel, until their windows end. Invariant: ids of ended windows are
 * dropped from the oldest on, at each call. So with windows of one length nothing is kept for longer than its window.
 */
export class PublishedIds {
  /** By id, the end of its window in epoch milliseconds; in the order of publishing. */
  readonly #until = new Map<string, number>();

  get size(): number {
    return this.#until.size;
  }

  /** Remembers the id of the event. Returns whether it was remembered already, so that the event is not stored. */
  noteRepeat({ eventId, dedupe }: NewEvent, now: number): boolean {
    this.#dropEnded(now);
    if (!dedupe || dedupe.until <= now) return false;
    const until = this.#until.get(eventId);
    if (until !== undefined && until > now) return true;
    this.#until.delete(eventId);
    this.#until.set(eventId, dedupe.until);
    return false;
  }

  #dropEnded(now: number): void {
    for (const [eventId, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(eventId);
    }
  }
}
