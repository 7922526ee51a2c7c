import { earliest } from '../../../core/runtime/earliest.ts';
import { noGroupError } from '../../../queue/group-queues.ts';
import type { Connection } from '../database/connection.ts';
import type { ClaimTable } from '../scanning/claim-table.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import { publicName } from '../schema/groups-row.ts';
import type { EpochRow } from '../schema/schema.ts';

/**
 * How often an epoch row records which claims have ended. Every decision (a claim, a settlement, a takeover) adds a guard row
 * under the next number, last in its transaction. If that number is taken, the decision was based on an outdated read. So a
 * guard row must stay while a context may decide on an earlier read. guard-rows.ts deletes guard rows when no such context
 * is left. A clock that jumps makes this record earlier or later, and never wrong.
 */
const MARKED_EVERY_MS = 60_000;

type Marks = Pick<EpochRow, 'spentEpoch' | 'spentAt'>;

/** The record of ended claims: all claims before the first of `epochs`. */
function marksOf(epochs: readonly number[], now: number): Marks {
  return { spentEpoch: earliest(epochs) - 1, spentAt: now };
}

function areMarksDue({ spentAt }: EpochRow, now: number): boolean {
  return Math.abs(now - spentAt) >= MARKED_EVERY_MS;
}

/** The epoch row of the next decision about the queue. It has no claim, and keeps the rest of the newest row. Throws if there is none. */
export function nextEpoch({ newest, openEpochs, lowWater }: ClaimTable, now: number): EpochRow {
  if (newest.isEnded) throw noGroupError(publicName(newest.queue));
  const epoch = newest.epoch + 1;
  const marks = areMarksDue(newest, now) && marksOf([...openEpochs, epoch], now);
  return { ...newest, epoch, claim: undefined, youngEpoch: lowWater.inlineEpoch, ...marks };
}

/**
 * For an idle queue: if claims have ended and no row records that, adds an epoch without a claim that does. Resolves with the
 * newest known row.
 */
export async function markIdle(
  connection: Connection,
  snapshot: QueueSnapshot,
  now: number,
): Promise<EpochRow> {
  const { newest, openEpochs } = snapshot;
  // The newest row stays if it has no claim.
  const last = newest.claim ? newest.epoch : newest.epoch - 1;
  const hasEnded = earliest([...openEpochs, last + 1]) - 1 > newest.spentEpoch;
  if (!hasEnded || newest.isEnded || !areMarksDue(newest, now)) return newest;
  const next = nextEpoch(snapshot, now);
  return (await connection.decide(snapshot.stamp, [['add', 'epochs', next]])) ? next : newest;
}
