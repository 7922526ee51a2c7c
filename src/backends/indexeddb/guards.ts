import type { Connection } from './connection.ts';
import type { QueueView } from './queue-view.ts';
import type { EpochRow } from './schema.ts';
import type { Write } from './transact.ts';

/**
 * Every decision (to claim, to settle, to take back) is an `add` of a guard row under the next number, last in
 * its transaction; a number that is taken means that the decision was made on a view that is no longer true.
 * So a guard must stay for as long as somebody may still act on a view from before it. That is ensured from
 * both sides: nobody decides on what he saw over ten seconds ago, nor goes by what stood then (`isCurrent` in connection.ts), and
 * no guard goes before a minute.
 */
const GUARD_KEPT_MS = 60_000;

type Marks = Pick<EpochRow, 'spentEpoch' | 'spentAt' | 'clearedEpoch'>;

/** What a new row says of guards: once a minute, what had ended a minute ago goes. Before `epoch` all may have ended. */
function nextMarks({ newest, openEpochs }: QueueView, epoch: number, now: number): Marks {
  const { spentEpoch, spentAt, clearedEpoch } = newest;
  if (Math.abs(now - spentAt) < GUARD_KEPT_MS) return { spentEpoch, spentAt, clearedEpoch };
  const oldestOpen = Math.min(epoch, ...openEpochs);
  return { spentEpoch: oldestOpen - 1, spentAt: now, clearedEpoch: spentEpoch };
}

/** The row by which the queue's next decision is made; it claims nothing, and all but the guards is as it was. */
export function nextEpoch(view: QueueView, now: number): EpochRow {
  const { newest, lowWater } = view;
  const epoch = newest.epoch + 1;
  const { youngEpoch } = lowWater;
  return { ...newest, epoch, claim: undefined, youngEpoch, ...nextMarks(view, epoch, now) };
}

/** Adds `next`, the guard, and before it deletes those that it counts as cleared and `last` did not. */
export function writesOfEpoch(last: EpochRow, next: EpochRow): Write[] {
  const { queue, clearedEpoch } = next;
  const guard: Write = ['add', 'epochs', next];
  if (clearedEpoch <= last.clearedEpoch) return [guard];
  return [
    ['delete', 'epochs', IDBKeyRange.bound([queue], [queue, clearedEpoch])],
    ['delete', 'endings', IDBKeyRange.bound([queue], [queue, clearedEpoch, []])],
    guard,
  ];
}

/** For a queue where nothing happens any more: an epoch without a claim, and so spent itself, lets all before it go. */
export async function clearIdleGuards(
  connection: Connection,
  view: QueueView,
  now: number,
): Promise<void> {
  const { newest, openEpochs } = view;
  const isDue = Math.abs(now - newest.spentAt) >= GUARD_KEPT_MS;
  const isIdle = newest.spentEpoch === newest.epoch;
  const spent = Math.min(newest.epoch - (isIdle ? 1 : 0), ...openEpochs.map((open) => open - 1));
  if (!isDue || newest.clearedEpoch >= spent) return;
  const next = { ...nextEpoch(view, now), ...nextMarks(view, newest.epoch + 2, now) };
  await connection.decide(view.seen, writesOfEpoch(newest, next));
}
