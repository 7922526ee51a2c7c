import { idOf, textOfId } from '../../queue/written-id.ts';
import type { SqliteConnection } from './connection.ts';
import { addPlace, PLACED, type PlaceRow, SCHEDULED } from './places.ts';

/** An event with a key that does not lie in a place yet. */
export interface KeyedEvent extends Pick<PlaceRow, 'seq' | 'eventId' | 'availableAt' | 'since'> {
  /** Where it goes when its key lets it go. */
  readonly place: typeof PLACED | typeof SCHEDULED;
  readonly key: string;
}

const HELD_COLUMNS = 'seq, event_id AS eventId, key, place, available_at AS availableAt, since';

/**
 * The order of keys. A key has a line while it has an event or is blocked. Only the first event of a line lies in a place, or is
 * leased; the others are held. A line without a first event is blocked. Keys are stored texts here.
 */
export class KeyLines {
  readonly #connection: SqliteConnection;
  readonly #wake: (queue: string) => void;

  /** `wake` is called after the commit of a write by which a key lets an event go. */
  constructor(connection: SqliteConnection, wake: (queue: string) => void) {
    this.#connection = connection;
    this.#wake = wake;
  }

  /** Enters a new event. Its place is that of the key's first event, or it is held. */
  enter(queue: string, event: KeyedEvent): void {
    const connection = this.#connection;
    const { key, seq } = event;
    const isNew = connection.run(
      'INSERT INTO @lines (queue, key, first) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      ...[queue, key, seq],
    );
    if (isNew > 0) return this.#letGo(queue, event);
    connection.run(
      `INSERT INTO @held (queue, key, seq, event_id, place, available_at, since)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[queue, key, seq, event.eventId, event.place, event.availableAt, event.since],
    );
  }

  /** The first event of the key has ended, or the block of the key: the next event goes to its place. */
  goOn(queue: string, key: string): void {
    const next = this.#connection.get<KeyedEvent>(
      `SELECT ${HELD_COLUMNS} FROM @held WHERE queue = ? AND key = ? ORDER BY seq LIMIT 1`,
      ...[queue, key],
    );
    if (!next) {
      this.#connection.run('DELETE FROM @lines WHERE queue = ? AND key = ?', queue, key);
      return;
    }
    this.removeHeld(queue, next);
    this.#setFirst(queue, key, next.seq);
    this.#letGo(queue, next);
    this.#connection.afterCommit(() => this.#wake(queue));
  }

  /** The first event of the key has become a dead letter that holds back the others. */
  block(queue: string, key: string): void {
    this.#setFirst(queue, key, null);
  }

  /** Ends the block of a key. Returns whether the key was blocked. */
  release(queue: string, key: string): boolean {
    const isBlocked =
      this.#connection.get(
        'SELECT 1 FROM @lines WHERE queue = ? AND key = ? AND first IS NULL',
        ...[queue, textOfId(key)],
      ) !== undefined;
    if (isBlocked) this.goOn(queue, textOfId(key));
    return isBlocked;
  }

  blocked(queue: string): string[] {
    return this.#connection
      .all<{ key: string }>('SELECT key FROM @lines WHERE queue = ? AND first IS NULL', queue)
      .map(({ key }) => idOf(key));
  }

  /** Whether a key of the queue holds back an event. */
  holds(queue: string): boolean {
    const { length } = this.#connection.read(() =>
      this.#connection.all('SELECT 1 FROM @held WHERE queue = ? LIMIT 1', queue),
    );
    return length > 0;
  }

  /** Removes the events of the key that are held, and returns them. */
  takeHeld(queue: string, key: string): readonly KeyedEvent[] {
    const held = this.#connection.all<KeyedEvent>(
      `SELECT ${HELD_COLUMNS} FROM @held WHERE queue = ? AND key = ? ORDER BY seq`,
      ...[queue, key],
    );
    for (const event of held) this.removeHeld(queue, event);
    return held;
  }

  /** The first event of the key, if it waits and was never delivered. */
  undeliveredFirst(queue: string, key: string): PlaceRow | undefined {
    const first = this.#connection.get<{ seq: number | null }>(
      'SELECT first AS seq FROM @lines WHERE queue = ? AND key = ?',
      ...[queue, key],
    )?.seq;
    if (first === undefined || first === null) return undefined;
    // An event that was never delivered lies at its level, or at its due time: the queue is searched.
    return this.#connection.get<PlaceRow>(
      `SELECT place, rank, seq, event_id AS eventId FROM @places
       WHERE queue = ? AND place IN (${PLACED}, ${SCHEDULED}) AND seq = ? AND lease = 0`,
      ...[queue, first],
    );
  }

  removeHeld(queue: string, { key, seq }: Pick<KeyedEvent, 'key' | 'seq'>): void {
    this.#connection.run(
      'DELETE FROM @held WHERE queue = ? AND key = ? AND seq = ?',
      ...[queue, key, seq],
    );
  }

  #setFirst(queue: string, key: string, seq: number | null): void {
    this.#connection.run(
      'UPDATE @lines SET first = ? WHERE queue = ? AND key = ?',
      ...[seq, queue, key],
    );
  }

  #letGo(queue: string, event: KeyedEvent): void {
    const rank = event.place === PLACED ? 0 : event.availableAt;
    addPlace(this.#connection, queue, { ...event, rank, level: 0 });
  }
}
