import type { DueEvents } from '../../queue/due-events.ts';
import type { SqliteConnection } from './connection.ts';
import { EVENT_COLUMNS, type StoredRow } from './event-rows.ts';
import { PLACE_COLUMNS, PLACED, RETRY } from './places.ts';

/** A due row as the rules of the memory store take it. */
export interface DueRow {
  readonly event: { readonly priority: number };
  readonly order: number;
  readonly row: StoredRow;
  heapIndex: number;
}

type DuePlace = typeof PLACED | typeof RETRY;

// LIMIT has an expression, because SQLite compiles a statement again when the parameter of a bare `LIMIT ?` changes.
// CROSS JOIN keeps the order of the tables: the places are read in the order of their key.
const DUE = `SELECT ${PLACE_COLUMNS}, ${EVENT_COLUMNS}
  FROM @places p CROSS JOIN @events e ON e.seq = p.seq WHERE p.queue = ? AND p.place = ?`;

const OLDEST = `${DUE} ORDER BY p.rank, p.seq LIMIT (? + 0)`;
const OLDEST_OF_LEVEL = `${DUE} AND p.rank = ? ORDER BY p.seq LIMIT (? + 0)`;

/** The last level of the due events of each place. Null where there are none. */
export interface LastLevels {
  readonly placed: number | null;
  readonly retry: number | null;
}

/**
 * The next due rows, at most `limit`, by the rules of the memory store. `due` has the turns of retries and of the oldest events,
 * and no rows. A queue whose events have one priority and no retries costs one short read.
 */
export function readDue(
  connection: SqliteConnection,
  queue: string,
  limit: number,
  due: DueEvents<DueRow>,
  last: LastLevels,
): readonly StoredRow[] {
  const rowsOf = (place: DuePlace) => connection.all<StoredRow>(OLDEST, queue, place, limit);
  const placed = rowsOf(PLACED);
  const retries = last.retry === null ? [] : rowsOf(RETRY);
  const read = retries.length === 0 ? placed : [...placed, ...retries];
  if (read.length < limit || (read.length === limit && retries.length > 0 && placed.length > 0))
    return read;
  const level = (read[0] as StoredRow).level;
  const isOneLevel =
    read.every((row) => row.level === level) &&
    (placed.length < limit || last.placed === level) &&
    (retries.length < limit || last.retry === level);
  if (isOneLevel && read.length === limit) return read;
  return chosen(isOneLevel ? read : readLevels(connection, queue, limit), limit, due);
}

function chosen(
  rows: readonly StoredRow[],
  limit: number,
  due: DueEvents<DueRow>,
): readonly StoredRow[] {
  for (const row of rows) {
    const event = { priority: -row.level };
    const one: DueRow = { event, order: row.seq, row, heapIndex: 0 };
    const { returned, retries } = due.levelOf(one);
    (row.place === PLACED ? returned : retries).add(one);
  }
  const taken = due.takeNext(limit);
  for (const { returned, retries } of due.levels)
    for (const place of [returned, retries]) place.takeAll();
  return taken.map(({ row }) => row);
}

/** At most `limit` rows of each level and each of the two places. */
function readLevels(connection: SqliteConnection, queue: string, limit: number): StoredRow[] {
  const rows: StoredRow[] = [];
  for (const place of [PLACED, RETRY] as const)
    for (
      let level = levelAfter(connection, queue, place, -1_000);
      level !== null;
      level = levelAfter(connection, queue, place, level)
    )
      rows.push(...connection.all<StoredRow>(OLDEST_OF_LEVEL, queue, place, level, limit));
  return rows;
}

function levelAfter(
  connection: SqliteConnection,
  queue: string,
  place: DuePlace,
  level: number,
): number | null {
  const row = connection.get<{ level: number | null }>(
    'SELECT min(rank) AS level FROM @places WHERE queue = ? AND place = ? AND rank > ?',
    ...[queue, place, level],
  );
  return row?.level ?? null;
}
