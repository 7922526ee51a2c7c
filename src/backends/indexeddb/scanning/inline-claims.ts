import { check, type Sorted, sortRows, type Verdict } from '../schema/row-checks.ts';
import type { ClaimRow, EndingRow, EpochRow } from '../schema/schema.ts';

/** The rows that decide which inline claims still hold events. */
interface InlineRows {
  readonly epochs: IDBRequest<EpochRow[]>;
  readonly endings: IDBRequest<EndingRow[]>;
}

/**
 * The epoch rows, those in `known` included, whose inline claim was neither ended nor changed. A claim is stored in its epoch
 * row, which is one request less than a row of its own. Its first change gives it a row of its own, or ends it.
 */
export function liveInlineClaims(
  { epochs, endings }: InlineRows,
  known: readonly EpochRow[] = [],
): Sorted<EpochRow> {
  const ended = new Map<number, Verdict>();
  for (const row of endings.result) {
    const verdict = check('endings', row);
    if (verdict !== 'malformed') ended.set(row.epoch, verdict);
  }
  const live = [...known, ...epochs.result].filter(
    ({ epoch, claim }) => claim !== undefined && ended.get(epoch) !== 'ok',
  );
  return sortRows(live, (row) => ended.get(row.epoch) ?? checkInlineClaim(row));
}

/** Checks the claim that an epoch row contains. */
export function checkInlineClaim({ queue, epoch, claim }: EpochRow): Verdict {
  const named = Object(claim) as ClaimRow;
  const isOfEpoch = named.queue === queue && named.epoch === epoch;
  return isOfEpoch ? check('claims', named) : 'malformed';
}

export function inlineClaimOf(row: EpochRow): ClaimRow {
  return row.claim as ClaimRow;
}
