import type { Failure } from '../../core/events/death-reason.ts';
import type { Leased, Waiting } from '../../core/events/lifecycle.ts';
import type { SqliteConnection } from './connection.ts';

/**
 * Where an event lies. Its `rank` sorts it among the events of its place, before its `seq`.
 *
 * - `PLACED`: due, never delivered or returned without a delay. The rank is its level.
 * - `RETRY`: due again after a delay. The rank is its level.
 * - `SCHEDULED`: not due when it was put there. The rank is the due time.
 * - `LEASED`: the rank is the end of the lease.
 *
 * The level is the negated priority, so that the highest priority comes first.
 */
export const PLACED = 0;
export const RETRY = 1;
export const SCHEDULED = 2;
export const LEASED = 3;

/** One event of a queue, as far as it can change. */
export interface PlaceRow {
  readonly place: number;
  readonly rank: number;
  readonly seq: number;
  readonly eventId: string;
  readonly level: number;
  readonly key: string | null;
  readonly availableAt: number;
  /** When the due time or the end of the lease was computed. Null for a due time that the publisher gave. */
  readonly since: number | null;
  readonly attempts: number;
  readonly lastError: string | null;
  /** The last fencing token. 0 before the first delivery. */
  readonly lease: number;
  readonly maxAttempts: number | null;
  readonly owner: string | null;
}

/** Where a leased event lies. The ledger of the backend keeps it. */
export interface LeasedAt {
  readonly queue: string;
  readonly seq: number;
  readonly key: string | null;
  /** Whether the result of the event is kept. */
  readonly hasResult: boolean;
  /** The end of the lease, as far as this context knows. */
  expiresAt: number;
}

/** The columns of a {@link PlaceRow}. */
export const PLACE_COLUMNS = `p.place, p.rank, p.seq, p.event_id AS eventId, p.level, p.key,
  p.available_at AS availableAt, p.since, p.attempts, p.last_error AS lastError, p.lease,
  p.max_attempts AS maxAttempts, p.owner`;

const AT = 'queue = ? AND place = ? AND rank = ? AND seq = ?';

export function failureOf(text: string | null): Failure | null {
  return text === null ? null : (JSON.parse(text) as Failure);
}

export function waitingOf({ attempts, availableAt, lastError }: PlaceRow): Waiting {
  return { attempts, availableAt, lastError: failureOf(lastError) };
}

/** Of a row that is leased. */
export function leasedOf(row: PlaceRow): Leased {
  const maxAttempts = row.maxAttempts ?? Number.MAX_SAFE_INTEGER;
  return { ...waitingOf(row), lease: row.lease, leaseExpiresAt: row.rank, maxAttempts };
}

/** Adds an event that was never delivered. */
export function addPlace(
  connection: SqliteConnection,
  queue: string,
  row: Pick<
    PlaceRow,
    'place' | 'rank' | 'seq' | 'eventId' | 'level' | 'key' | 'availableAt' | 'since'
  >,
): void {
  connection.run(
    `INSERT INTO @places (queue, place, rank, seq, event_id, level, key, available_at, since)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[queue, row.place, row.rank, row.seq, row.eventId, row.level, row.key],
    ...[row.availableAt, row.since],
  );
}

/** Moves a leased event to where it waits. */
export function returnPlace(
  connection: SqliteConnection,
  queue: string,
  row: PlaceRow,
  waiting: Waiting & { readonly state: 'ready' | 'scheduled' },
  now: number,
): void {
  const { attempts, availableAt, lastError, state } = waiting;
  const isReady = state === 'ready';
  connection.run(
    `UPDATE @places SET place = ?, rank = ?, attempts = ?, available_at = ?, last_error = ?, since = ?,
     max_attempts = NULL, owner = NULL WHERE ${AT}`,
    ...[isReady ? PLACED : SCHEDULED, isReady ? row.level : availableAt, attempts, availableAt],
    ...[lastError && JSON.stringify(lastError), isReady ? null : now],
    ...[queue, row.place, row.rank, row.seq],
  );
}

export function removePlace(connection: SqliteConnection, queue: string, row: PlaceRow): void {
  connection.run(`DELETE FROM @places WHERE ${AT}`, queue, row.place, row.rank, row.seq);
}
