import { idOf } from '../../queue/written-id.ts';
import type { SqliteConnection } from './connection.ts';
import { keptOptions } from './event-rows.ts';
import { addPlace, PLACED, type PlaceRow, type SCHEDULED } from './places.ts';

/** An event that waits for another one, and does not lie in a place yet. */
export interface DependentEvent
  extends Pick<PlaceRow, 'seq' | 'eventId' | 'availableAt' | 'since'> {
  /** Where it goes when the other one has ended. */
  readonly place: typeof PLACED | typeof SCHEDULED;
}

/**
 * The events that wait for others. They lie in the table `held`, with an empty key, which no event can have. Ids are stored texts
 * here. Every method is called inside a write.
 */
export class Dependents {
  readonly #connection: SqliteConnection;
  readonly #wake: (queue: string) => void;

  /** `wake` is called after the commit of a write that lets an event go. */
  constructor(connection: SqliteConnection, wake: (queue: string) => void) {
    this.#connection = connection;
    this.#wake = wake;
  }

  hold(queue: string, after: string, event: DependentEvent): void {
    this.#connection.run(
      `INSERT INTO @held (queue, key, seq, event_id, place, available_at, since, after)
       VALUES (?, '', ?, ?, ?, ?, ?, ?)`,
      ...[queue, event.seq, event.eventId, event.place, event.availableAt, event.since, after],
    );
  }

  /** Puts the events in their places that wait for `after`. `result`: its result without the id, in JSON, with the reply as a text. */
  letGo(queue: string, after: string, result: string, reply: string | null): void {
    const connection = this.#connection;
    const rows = connection.all<DependentEvent & { readonly options: string }>(
      `SELECT h.seq, h.event_id AS eventId, h.place, h.available_at AS availableAt, h.since, e.options
       FROM @held h CROSS JOIN @events e ON e.seq = h.seq WHERE h.queue = ? AND h.after = ?`,
      ...[queue, after],
    );
    if (rows.length === 0) return;
    connection.run('DELETE FROM @held WHERE queue = ? AND after = ?', queue, after);
    const written = JSON.stringify({ eventId: idOf(after), ...JSON.parse(result), reply });
    for (const row of rows) {
      connection.run(
        "UPDATE @events SET options = json_set(options, '$.after', json(?)) WHERE seq = ?",
        ...[written, row.seq],
      );
      const { priority = 0 } = keptOptions(row.options);
      const level = priority === 0 ? 0 : -priority;
      const rank = row.place === PLACED ? level : row.availableAt;
      addPlace(connection, queue, { ...row, key: null, level, rank });
    }
    connection.afterCommit(() => this.#wake(queue));
  }
}
