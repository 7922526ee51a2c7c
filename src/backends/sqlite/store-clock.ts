import { CLOCK_TOLERANCE_MS, clockShift } from '../../core/runtime/clock-shift.ts';
import type { SqliteConnection } from './connection.ts';
import { LEASED, SCHEDULED } from './places.ts';

/** Fencing tokens that a claim reserves. Those that are not used are lost. */
const RESERVED = 1_000;
/** For how long, in milliseconds, so that the stored time is never much older than the last claim. */
const RESERVED_MS = 100;

/** Tokens that the database counts as given, and that no other connection gives. */
interface Reservation {
  next: number;
  readonly end: number;
  readonly reservedAt: number;
}

/**
 * The clock of the store. If it was set back, due times and leases of all stored events are moved first, so that none lasts
 * longer than asked for.
 */
export class StoreClock {
  readonly #connection: SqliteConnection;
  /** The latest time that the clock has shown since it was last set back. */
  #latest: number | undefined;
  #reserved: Reservation | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  now(): number {
    const now = this.#connection.parts.runtime.now();
    this.#latest ??= this.#lastClaim();
    const isSetBack = clockShift(this.#latest, now) < 0;
    if (isSetBack) this.#follow(now);
    this.#latest = isSetBack ? now : Math.max(this.#latest, now);
    return now;
  }

  /**
   * A fencing token that is greater than all before it, where `last` is the newest one that the database knows. Only inside the
   * write that has read `last`. While this connection alone claims, the database stores one of many tokens: what another
   * connection reserves changes `last`, and ends the reservation of this one.
   */
  nextLease(last: number, now: number): number {
    const reserved = this.#reserved;
    if (reserved && last === reserved.end && isInUse(reserved, now)) {
      const lease = reserved.next;
      reserved.next += 1;
      return lease;
    }
    const end = last + RESERVED;
    // RETURNING would save the read, and costs three times as much: SQLite keeps its rows in a table of their own.
    this.#connection.run('UPDATE @state SET lease = ?, clock = ? WHERE id = 1', end, now);
    // A reservation that is not committed may be made by another connection, too.
    this.#connection.afterCommit(() => {
      this.#reserved = { next: last + 2, end, reservedAt: now };
    });
    return last + 1;
  }

  /** The clock may have been set back while no process used the database. */
  #lastClaim(): number {
    const row = this.#connection.read(() =>
      this.#connection.get<{ clock: number }>('SELECT clock FROM @state WHERE id = 1'),
    );
    return row?.clock ?? Number.NEGATIVE_INFINITY;
  }

  #follow(now: number): void {
    const connection = this.#connection;
    const latest = now + CLOCK_TOLERANCE_MS;
    connection.write(() => {
      connection.run('UPDATE @state SET clock = ? WHERE id = 1', now);
      connection.run(
        `UPDATE @places SET rank = rank + (? - since), since = ?,
         available_at = CASE place WHEN ${SCHEDULED} THEN available_at + (? - since) ELSE available_at END
         WHERE place IN (${SCHEDULED}, ${LEASED}) AND since > ?`,
        ...[now, now, now, latest],
      );
      connection.run(
        'UPDATE @held SET available_at = available_at + (? - since), since = ? WHERE since > ?',
        ...[now, now, latest],
      );
      connection.run('UPDATE @events SET ttl_begins = ? WHERE ttl_begins > ?', now, latest);
    });
  }
}

function isInUse({ next, end, reservedAt }: Reservation, now: number): boolean {
  return next <= end && now >= reservedAt && now < reservedAt + RESERVED_MS;
}
