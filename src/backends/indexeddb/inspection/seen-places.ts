import type { Connection } from '../database/connection.ts';
import type { Position } from '../schema/schema.ts';

/** Where an event lies, and how long its result is kept. */
export type Place = Position & { readonly retentionMs?: number | undefined };

export interface Found {
  readonly place: Place;
  /** The period of the connection. In another one the place may be that of another event. */
  readonly period: number;
}

/** The most places that a connection remembers. */
const MAX_PLACES = 20_000;

const ofConnection = new WeakMap<Connection, SeenPlaces>();

/**
 * The places of the events that the searches of cancels have passed, so that many cancels do not each search from the beginning.
 * Within a period of the connection a place is never that of another event. So the decision of a cancel needs to check only
 * whether the event still lies there. If it does not, it is searched for.
 */
export class SeenPlaces {
  readonly #places = new Map<string, Map<string, Found>>();
  #count = 0;

  static of(connection: Connection): SeenPlaces {
    const known = ofConnection.get(connection);
    if (known) return known;
    const seen = new SeenPlaces();
    ofConnection.set(connection, seen);
    return seen;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get hasRoom(): boolean {
    return this.#count < MAX_PLACES;
  }

  note(queue: string, eventId: string, found: Found): void {
    if (!this.hasRoom) this.clear();
    const ofQueue = this.#places.get(queue) ?? new Map<string, Found>();
    this.#places.set(queue, ofQueue);
    if (!ofQueue.has(eventId)) this.#count += 1;
    ofQueue.set(eventId, found);
  }

  /** The place, which is forgotten. */
  take(queue: string, eventId: string): Found | undefined {
    const found = this.#places.get(queue)?.get(eventId);
    if (found && this.#places.get(queue)?.delete(eventId)) this.#count -= 1;
    return found;
  }

  clear(): void {
    this.#places.clear();
    this.#count = 0;
  }
}
