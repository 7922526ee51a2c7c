import { earliest } from '../../../core/earliest.ts';
import type { Connection } from '../database/connection.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { EpochRow } from '../schema/schema.ts';

/**
 * Every decision (to claim, to settle, to take back) is an `add` of a guard row under the next number, last in
 * its transaction; a number that is taken means that the decision was made on a view that is no longer true.
 * So a guard must stay for as long as a context may act on a view from before it: guard-rows.ts deletes guards when
 * that is proven. What is here only says which claims have ended. The clock only says when to say it again: by a clock
 * that jumps it is said sooner or later, and as true.
 */
const MARKED_EVERY_MS = 60_000;

type Marks = Pick<EpochRow, 'spentEpoch' | 'spentAt'>;

/** Which claims a new row says have ended: those before the first of `epochs`. */
function marksOf(epochs: readonly number[], now: number): Marks {
  return { spentEpoch: earliest(epochs) - 1, spentAt: now };
}

function areMarksDue({ spentAt }: EpochRow, now: number): boolean {
  return Math.abs(now - spentAt) >= MARKED_EVERY_MS;
}

/** The row by which the queue's next decision is made; it claims nothing, and all else is as it was. */
export function nextEpoch({ newest, openEpochs, lowWater }: QueueSnapshot, now: number): EpochRow {
  const epoch = newest.epoch + 1;
  const marks = areMarksDue(newest, now) && marksOf([...openEpochs, epoch], now);
  return { ...newest, epoch, claim: undefined, youngEpoch: lowWater.inlineEpoch, ...marks };
}

/**
 * For a queue where nothing happens any more: where claims have ended of which no row says so, an epoch without a claim
 * does. Resolves with the newest row that is known afterwards.
 */
export async function markIdle(
  connection: Connection,
  snapshot: QueueSnapshot,
  now: number,
): Promise<EpochRow> {
  const { newest, openEpochs } = snapshot;
  // A row that claims nothing need not go.
  const last = newest.claim ? newest.epoch : newest.epoch - 1;
  const hasEnded = earliest([...openEpochs, last + 1]) - 1 > newest.spentEpoch;
  if (!hasEnded || !areMarksDue(newest, now)) return newest;
  const next = nextEpoch(snapshot, now);
  return (await connection.decide(snapshot.stamp, [['add', 'epochs', next]])) ? next : newest;
}
