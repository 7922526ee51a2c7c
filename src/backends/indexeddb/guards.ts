import type { Connection } from './connection.ts';
import type { QueueView } from './queue-view.ts';
import type { EpochRow } from './schema.ts';

/**
 * Every decision (to claim, to settle, to take back) is an `add` of a guard row under the next number, last in
 * its transaction; a number that is taken means that the decision was made on a view that is no longer true.
 * So a guard must stay for as long as somebody may still act on a view from before it. That is ensured from
 * both sides: nobody decides on what he saw over ten seconds ago (connection.ts), and no guard goes before a minute.
 */
const GUARD_KEPT_MS = 60_000;

export const GUARD_STORES: readonly string[] = ['epochs', 'endings'];

type Marks = Pick<EpochRow, 'spentEpoch' | 'spentAt' | 'clearedEpoch'>;

/** What the row of a new epoch says of guards: once a minute, what had ended a minute ago goes. */
export function nextMarks({ newest, claims }: QueueView, epoch: number, now: number): Marks {
  const { spentEpoch, spentAt, clearedEpoch } = newest;
  if (Math.abs(now - spentAt) < GUARD_KEPT_MS) return { spentEpoch, spentAt, clearedEpoch };
  const oldestOpen = Math.min(epoch, ...claims.map((claim) => claim.epoch));
  return { spentEpoch: oldestOpen - 1, spentAt: now, clearedEpoch: spentEpoch };
}

/** Deletes the guards that `next` counts as cleared and `last` did not. */
export function clearGuards(tx: IDBTransaction, last: EpochRow, next: EpochRow): void {
  const { queue, clearedEpoch } = next;
  if (clearedEpoch <= last.clearedEpoch) return;
  tx.objectStore('epochs').delete(IDBKeyRange.bound([queue], [queue, clearedEpoch]));
  tx.objectStore('endings').delete(IDBKeyRange.bound([queue], [queue, clearedEpoch, []]));
}

/** For a queue where nothing happens any more: an epoch without a claim, so that its guards go too. */
export async function clearIdleGuards(
  connection: Connection,
  view: QueueView,
  now: number,
): Promise<void> {
  const { newest } = view;
  const isDue = Math.abs(now - newest.spentAt) >= GUARD_KEPT_MS;
  if (!isDue || newest.epoch - newest.clearedEpoch <= 2) return;
  const epoch = newest.epoch + 1;
  const next = { ...newest, epoch, ...nextMarks(view, epoch, now) };
  await connection.decide(view.seen, GUARD_STORES, (tx) => {
    clearGuards(tx, newest, next);
    return tx.objectStore('epochs').add(next);
  });
}
