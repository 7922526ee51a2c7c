import type { Connection } from '../database/connection.ts';
import { isSound } from '../schema/row-checks.ts';
import { PARKED_AT, type WaitingRow } from '../schema/schema.ts';
import { freshSegments, type QueueSnapshot } from './queue-snapshot.ts';

/** How many waiting rows with a key one read takes. Where there are more, the first row of each key that is needed is read. */
const MOST_WAITING = 64;
/** How many keys with many rows are passed over before that. */
const MOST_BUSY_KEYS = 4;

/** What a claim must know of the keys of its events. */
export interface KeySnapshot {
  /** The keys of the events that contexts hold. */
  readonly held: ReadonlySet<string>;
  /** By key, its first waiting event or its block. */
  readonly first: ReadonlyMap<string, WaitingRow>;
}

/** A snapshot from which events with a key can be chosen. */
export interface KeyedSnapshot extends QueueSnapshot {
  /** Absent where {@link usesKeys} is false. */
  readonly keys?: KeySnapshot | undefined;
}

/** Whether a claim on the snapshot meets events with a key, or has to handle freed keys. */
export function usesKeys(snapshot: QueueSnapshot): boolean {
  return (
    snapshot.freed !== undefined ||
    snapshot.due.some(({ key }) => key !== undefined) ||
    freshSegments(snapshot).some(({ row }) => row.keys)
  );
}

/**
 * Reads what holds back the events of the snapshot. It is read after the snapshot. In between a held event may have begun to wait
 * or have ended, which the snapshot shows as held. All other changes need an epoch, so that a claim on the result fails.
 */
export async function readKeys(
  connection: Connection,
  snapshot: QueueSnapshot,
): Promise<KeySnapshot> {
  const held = new Set(snapshot.claims.flatMap((claim) => claim.held.map(({ key }) => key ?? '')));
  const rows = await readRows(connection, snapshot);
  const first = new Map<string, WaitingRow>();
  for (const row of rows) {
    const { key } = row;
    if (key !== undefined && !first.has(key) && isSound('returned', row)) first.set(key, row);
  }
  return { held, first };
}

/**
 * The first rows of each key, in the order of keys. A key whose rows fill a read, such as one that holds thousands back, is passed
 * over: the next read begins behind it. So a claim of a hundred other keys costs two requests beside it, and not a hundred.
 */
async function readRows(
  connection: Connection,
  snapshot: QueueSnapshot,
): Promise<readonly WaitingRow[]> {
  const { queue } = snapshot;
  const all: WaitingRow[] = [];
  let from: IDBValidKey = [queue];
  for (let busyKeys = 0; busyKeys <= MOST_BUSY_KEYS; busyKeys += 1) {
    const range = IDBKeyRange.bound(from, [queue, []], false, true);
    const { result } = await connection.read(['returned'], (tx) =>
      tx.objectStore('returned').index('key').getAll(range, MOST_WAITING),
    );
    const rows = result as WaitingRow[];
    all.push(...rows);
    if (rows.length < MOST_WAITING) return all;
    const last = rows.at(-1)?.key as string;
    // Many keys have a few rows each.
    if (rows[MOST_WAITING / 2]?.key !== last) break;
    from = [queue, last, []];
  }
  const found = await connection.read(['returned'], (tx) =>
    [...keysOf(snapshot)].map((key) => {
      const range = IDBKeyRange.bound([queue, key], [queue, key, []]);
      return tx.objectStore('returned').index('key').getAll(range, 1);
    }),
  );
  return found.flatMap((request) => request.result as WaitingRow[]);
}

/** Whether the row is an event that its key holds back. */
export function isParked({ dueAt }: WaitingRow): boolean {
  return dueAt === PARKED_AT;
}

function keysOf(snapshot: QueueSnapshot): Set<string> {
  const keys = new Set<string>();
  for (const { freed = [] } of snapshot.freed ?? []) for (const key of freed) keys.add(key);
  for (const { key } of snapshot.due) if (key !== undefined) keys.add(key);
  const { cursor } = snapshot.newest;
  for (const { seq, row, verdict } of freshSegments(snapshot))
    if (verdict === 'ok')
      for (const key of row.keys?.slice(seq === cursor.seq ? cursor.at : 0) ?? [])
        if (key !== null) keys.add(key);
  return keys;
}
