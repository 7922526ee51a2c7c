import type { Connection } from '../database/connection.ts';

/** The most results that one step deletes. The next step deletes the rest. */
const MAX_DELETED = 500;
/** Time to the next step while results are kept. */
const NEXT_STEP_AFTER_MS = 60_000;

/**
 * Deletes results whose retention has passed, found by an index that has no others. An event that was published again under the
 * same id meanwhile may lose its pending result. Resolves with when the next step is due: never while no ended result is kept.
 */
export async function deleteEndedResults(connection: Connection, now: number): Promise<number> {
  const stamp = await connection.stamp();
  const { ended, later } = await connection.read(['results'], (tx) => {
    const index = tx.objectStore('results').index('until');
    return {
      ended: index.getAllKeys(IDBKeyRange.upperBound(now), MAX_DELETED),
      later: index.getKey(IDBKeyRange.lowerBound(now, true)),
    };
  });
  const keys = ended.result as IDBValidKey[];
  const deletes = keys.map((key) => ['delete', 'results', key] as const);
  const isDone = keys.length === 0 || (await connection.clear(stamp, deletes));
  if (!isDone || keys.length === MAX_DELETED) return now;
  return later.result === undefined ? Number.POSITIVE_INFINITY : now + NEXT_STEP_AFTER_MS;
}
