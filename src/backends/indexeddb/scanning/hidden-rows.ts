import type { Connection } from '../database/connection.ts';
import type { WaitingRow } from '../schema/schema.ts';

/** How many rows of each kind are read. */
const MAX_HIDDEN = 250;

/**
 * The first due rows of the kinds that follow, where a scan has read `max` rows and the last has a priority. Without them a
 * backlog of one priority would hide returned events, lower priorities and retries. See {@link rankOf} for the order.
 */
export async function readHidden(
  connection: Connection,
  queue: string,
  now: number,
  read: readonly WaitingRow[],
  max: number,
): Promise<readonly WaitingRow[]> {
  const last = read.at(-1)?.dueAt ?? 0;
  if (read.length < max || last === 0 || last >= 1) return [];
  const ranges = [IDBKeyRange.bound([queue, 1], [queue, Math.max(now, 1), []])];
  if (last < 0)
    ranges.push(
      IDBKeyRange.bound([queue, 0], [queue, 0, []]),
      IDBKeyRange.bound([queue, 0, []], [queue, 1], false, true),
    );
  const found = await connection.read(['returned'], (tx) =>
    ranges.map((range) => tx.objectStore('returned').getAll(range, MAX_HIDDEN)),
  );
  return found.flatMap(({ result }) => result as WaitingRow[]);
}
