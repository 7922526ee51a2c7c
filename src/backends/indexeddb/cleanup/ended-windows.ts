import type { Connection } from '../database/connection.ts';

/** The most rows that one step deletes. The next step deletes the rest. */
const MAX_DELETED = 500;

/** Deletes ids of callers whose windows have ended, by one range of keys. Resolves with when the next step is due. */
export async function deleteEndedWindows(connection: Connection, now: number): Promise<number> {
  const { result } = await connection.read(['published'], (tx) =>
    tx.objectStore('published').getAllKeys(IDBKeyRange.upperBound([now, []]), MAX_DELETED),
  );
  const [first] = result;
  const last = result.at(-1);
  if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY;
  await connection.write([['delete', 'published', IDBKeyRange.bound(first, last)]]);
  return result.length === MAX_DELETED ? now : Number.POSITIVE_INFINITY;
}
