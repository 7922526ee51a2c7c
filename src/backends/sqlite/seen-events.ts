import type { SqliteConnection } from './connection.ts';
import { LEASED, PLACE_COLUMNS, type PlaceRow } from './places.ts';

/** The most events that one connection remembers. */
const MAX_SEEN = 20_000;

/** How many events on either side of the first one that was found are read. Each further search reads twice as many. */
const FIRST_REACH = 16;

/** A place of the queue, or a place in the table of held events, whose keys are `key` and `seq`. */
type Place = Pick<PlaceRow, 'place' | 'rank' | 'seq'>;
type HeldAt = { readonly key: string; readonly seq: number };

/** An event that waits or is leased, or one that is held back. */
export type FoundEvent = { readonly placed: PlaceRow } | { readonly held: HeldAt };

/**
 * Finds waiting events by their ids. No index has the ids, because every publish and claim would pay for it. So a search reads the
 * queue, and remembers where the events beside the found one lie: lists of cancels find most of their events there. What is
 * remembered is read again before it is used. Every method is called inside a write.
 */
export class SeenEvents {
  readonly #connection: SqliteConnection;
  /** By queue and id. */
  readonly #seen = new Map<string, Place | HeldAt>();
  #reach = FIRST_REACH;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** An event that waits comes before a leased one of its id. */
  find(queue: string, id: string): FoundEvent | undefined {
    const name = nameOf(queue, id);
    const known = this.#seen.get(name);
    this.#seen.delete(name);
    return (known && this.#foundAt(queue, id, known)) ?? this.#search(queue, id);
  }

  #foundAt(queue: string, id: string, at: Place | HeldAt): FoundEvent | undefined {
    const connection = this.#connection;
    if ('key' in at) {
      const held = connection.get<HeldAt>(
        'SELECT key, seq FROM @held WHERE queue = ? AND key = ? AND seq = ? AND event_id = ?',
        ...[queue, at.key, at.seq, id],
      );
      return held && { held };
    }
    const placed = connection.get<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p
       WHERE p.queue = ? AND p.place = ? AND p.rank = ? AND p.seq = ? AND p.event_id = ?`,
      ...[queue, at.place, at.rank, at.seq, id],
    );
    return placed && { placed };
  }

  #search(queue: string, id: string): FoundEvent | undefined {
    const connection = this.#connection;
    const placed = connection.get<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p WHERE p.queue = ? AND p.event_id = ? ORDER BY p.place LIMIT 1`,
      ...[queue, id],
    );
    if (placed && placed.place !== LEASED) {
      const { place, rank, seq } = placed;
      this.#noteBeside(queue, 'places', 'place, rank, seq', [place, rank, seq]);
      return { placed };
    }
    const held = connection.get<HeldAt>(
      'SELECT key, seq FROM @held WHERE queue = ? AND event_id = ?',
      ...[queue, id],
    );
    if (held) this.#noteBeside(queue, 'held', 'key, seq', [held.key, held.seq]);
    if (held) return { held };
    return placed && { placed };
  }

  /** Remembers the events before and after a row. */
  #noteBeside(
    queue: string,
    table: 'places' | 'held',
    columns: string,
    row: readonly (string | number)[],
  ): void {
    const values = row.map(() => '?').join(', ');
    const sides = [
      ['>', 'ASC'],
      ['<', 'DESC'],
    ] as const;
    for (const [sign, direction] of sides) {
      const order = columns.replaceAll(',', ` ${direction},`);
      const rows = this.#connection.all<(Place | HeldAt) & { readonly eventId: string }>(
        `SELECT ${columns}, event_id AS eventId FROM @${table}
         WHERE queue = ? AND (${columns}) ${sign} (${values}) ORDER BY ${order} ${direction} LIMIT (? + 0)`,
        ...[queue, ...row, this.#reach],
      );
      for (const { eventId, ...at } of rows)
        if (!('place' in at && at.place === LEASED)) this.#note(nameOf(queue, eventId), at);
    }
    this.#reach = Math.min(this.#reach * 2, MAX_SEEN / 2);
  }

  #note(name: string, at: Place | HeldAt): void {
    this.#seen.delete(name);
    this.#seen.set(name, at);
    if (this.#seen.size <= MAX_SEEN) return;
    const [oldest] = this.#seen.keys();
    this.#seen.delete(oldest as string);
  }
}

function nameOf(queue: string, id: string): string {
  return `${queue} ${id}`;
}
