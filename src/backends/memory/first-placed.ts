import { comparePlaces, type Place } from '../../queue/browse-cursor.ts';
import type { StoredEvent } from './lane.ts';

export interface Placed {
  readonly place: Place;
  readonly stored: StoredEvent;
}

/** The events with the first `count` places of those that are added. Of a million events only some are sorted. */
export class FirstPlaced {
  readonly #count: number;
  #kept: Placed[] = [];
  /** No event after this place is among the first ones. */
  #last: Place | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  add(placed: Placed): void {
    if (this.#last && comparePlaces(placed.place, this.#last) > 0) return;
    this.#kept.push(placed);
    if (this.#kept.length < 2 * this.#count) return;
    this.#kept = [...this.sorted()];
    this.#last = this.#kept.at(-1)?.place;
  }

  sorted(): readonly Placed[] {
    return this.#kept.sort((a, b) => comparePlaces(a.place, b.place)).slice(0, this.#count);
  }
}
