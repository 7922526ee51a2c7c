import { isRetry } from '../../../queue/split-claim.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import type { Connection } from '../database/connection.ts';
import { keyOfWaiting } from '../scanning/quarantine.ts';
import { type QueueSnapshot, scanQueue } from '../scanning/queue-snapshot.ts';
import { check } from '../schema/row-checks.ts';
import { dueTime, PARKED_AT, type WaitingRow } from '../schema/schema.ts';
import type { Claimers } from './claimers.ts';

/** The most rows that one step reads and writes. */
const STEP_ROWS = 500;

/**
 * Makes due the retries that wait in `queue`, or those of the given reason. Resolves with their count. It works in steps, in
 * order of due time. Each step is guarded like a claim, so that a row that another context has claimed is never restored.
 */
export async function retryNow(
  connection: Connection,
  queue: string,
  claimers: Pick<Claimers, 'get'>,
  reason?: 'offline',
): Promise<number> {
  let count = 0;
  for (let from: IDBValidKey | undefined; ; ) {
    const snapshot = await scanQueue(connection, queue, {
      last: undefined,
      maxSegments: 1,
      maxReturned: 1,
    });
    const rows = await readScheduled(connection, snapshot, from);
    const last = rows.at(-1);
    if (last === undefined) return count;
    const retries = rows.filter((row) => check('returned', row) === 'ok' && isRetry(row, reason));
    if (retries.length > 0 && !(await makeDue(connection, snapshot, retries))) continue;
    count += retries.length;
    // The cache does not have the events that have become due.
    if (retries.length > 0) claimers.get(queue)?.invalidate();
    if (rows.length < STEP_ROWS) return count;
    from = keyOfWaiting(last);
  }
}

/** The waiting rows that are not due yet: those after `from`, or the first ones. */
async function readScheduled(
  connection: Connection,
  { queue, stamp }: QueueSnapshot,
  from: IDBValidKey = [queue, stamp.at, []],
): Promise<WaitingRow[]> {
  const later = IDBKeyRange.bound(from, [queue, PARKED_AT], true, true);
  const { rows } = await connection.read(['returned'], (tx) => ({
    rows: tx.objectStore('returned').getAll(later, STEP_ROWS),
  }));
  return rows.result as WaitingRow[];
}

function makeDue(
  connection: Connection,
  snapshot: QueueSnapshot,
  retries: readonly WaitingRow[],
): Promise<boolean> {
  const { stamp } = snapshot;
  const dueAt = dueTime(stamp.at);
  return connection.decide(stamp, [
    ...retries.map((row) => ['delete', 'returned', keyOfWaiting(row)] as const),
    ...retries.map((row) => ['put', 'returned', { ...row, dueAt, availableAt: dueAt }] as const),
    ['add', 'epochs', nextEpoch(snapshot, stamp.at)],
  ]);
}
