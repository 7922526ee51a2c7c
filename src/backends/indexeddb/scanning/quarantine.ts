import type { AsideReason } from '../schema/quarantined-row.ts';
import {
  type AsideRow,
  type EndingRow,
  type ReturnedRow,
  ROW_VERSION,
  type StoreName,
} from '../schema/schema.ts';
import type { Write } from '../database/transactions.ts';

/** A row that cannot be used; with `row` it is moved, without it only marked. */
export interface Misfit extends Omit<AsideRow, 'v' | 'queue' | 'at'> {
  readonly store: StoreName;
}

export function misfitReturned(row: ReturnedRow, reason: AsideReason): Misfit {
  return { store: 'returned', key: keyOfReturned(row), reason, row };
}

export function keyOfReturned({ queue, dueAt, seq, at }: ReturnedRow): IDBValidKey {
  return [queue, dueAt, seq, at];
}

/** To be written in a guarded transaction, so that it is done once. */
export function writesAside(queue: string, at: number, misfits: readonly Misfit[]): Write[] {
  return misfits.flatMap((misfit) => {
    const { store, key, row } = misfit;
    const aside: AsideRow = { v: ROW_VERSION, queue, at, ...misfit };
    const put: Write = ['add', 'aside', aside];
    if (row === undefined) return [put];
    // The guard stays; a `put`, which cannot fail.
    if (store === 'epochs') return [put, ['put', 'endings', endingOf(key as [string, number])]];
    return [put, ['delete', store, key]];
  });
}

/** Ends the claim in an epoch's own row. */
function endingOf([queue, epoch]: [string, number]): EndingRow {
  return { v: ROW_VERSION, queue, epoch, generation: 1 };
}
