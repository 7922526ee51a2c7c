import type { Write } from '../database/transactions.ts';
import type { QuarantineReason } from '../schema/quarantined-row.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import type { EndingRow, QuarantineRow, StoreName, WaitingRow } from '../schema/schema.ts';

/** An unusable row. With `row` it is moved to quarantine, without it only marked. */
export interface UnusableRow extends Omit<QuarantineRow, 'v' | 'queue' | 'at'> {
  readonly store: StoreName;
}

export function unusableWaitingRow(row: WaitingRow, reason: QuarantineReason): UnusableRow {
  return { store: 'returned', key: keyOfWaiting(row), reason, row };
}

export function keyOfWaiting({ queue, dueAt, seq, at }: WaitingRow): IDBValidKey {
  return [queue, dueAt, seq, at];
}

/** The writes for a guarded transaction, which makes them once. */
export function quarantineWrites(
  queue: string,
  at: number,
  unusable: readonly UnusableRow[],
): Write[] {
  return unusable.flatMap((misfit) => {
    const { store, key, row } = misfit;
    const aside: QuarantineRow = { v: ROW_VERSION, queue, at, ...misfit };
    const put: Write = ['add', 'aside', aside];
    if (row === undefined) return [put];
    // An epoch row is a guard row and stays, so an ending row ends its claim. A `put` succeeds if that row exists.
    if (store === 'epochs') return [put, ['put', 'endings', endingOf(key as [string, number])]];
    return [put, ['delete', store, key]];
  });
}

/** Ends an inline claim. */
function endingOf([queue, epoch]: [string, number]): EndingRow {
  return { v: ROW_VERSION, queue, epoch, generation: 1 };
}
