import type { Connection } from '../database/connection.ts';
import { check, rowError, sortRows } from '../schema/row-checks.ts';
import { ROW_VERSION } from '../schema/row-version.ts';
import type { ClaimRow, EndingRow, EpochRow } from '../schema/schema.ts';
import { inlineClaimOf, liveInlineClaims } from './inline-claims.ts';
import type { UnusableRow } from './quarantine.ts';

/** The claims of one queue that still hold events, and the position up to which events were claimed. */
export interface ClaimTable {
  /** The row of the newest claim. A queue without any claim has a row with epoch 0 here, which is not stored. */
  readonly newest: EpochRow;
  readonly claims: readonly ClaimRow[];
  /** The epochs of all claims that still hold events. Claims that only a newer version of the library can read are included. */
  readonly openEpochs: readonly number[];
  /** Malformed claim rows, to be moved to quarantine. */
  readonly unusable: readonly UnusableRow[];
  /** The lower bounds for the next scan. */
  readonly lowWater: LowWater;
}

/**
 * Lower bounds for the next scan of a queue. No row below a bound matters any longer. A scan that starts at the bounds does not
 * walk over index entries of deleted rows, which browsers remove late.
 */
export interface LowWater {
  /** Every event before this position was claimed. */
  readonly cursor: EpochRow['cursor'];
  /** No claim with a lower epoch holds events. */
  readonly epoch: number;
  /** No epoch row below this epoch contains a claim that still holds events; see {@link EpochRow.claim}. */
  readonly inlineEpoch: number;
  /** Epoch rows below `knownEpoch` that contained such a claim at the last scan. Epoch rows never change, so they are kept and not read again. */
  readonly inlineRows: readonly EpochRow[];
  /** The next scan reads epoch rows from this epoch on. */
  readonly knownEpoch: number;
}

/** Everything of `queue` in a store or index whose keys begin with the queue. */
export function ofQueue(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, []], false, true);
}

/** The same, but nothing before `first`, the second part of the key. */
export function ofQueueFrom(queue: string, first: number): IDBKeyRange {
  return IDBKeyRange.bound([queue, first], [queue, []], false, true);
}

/** The stored lower bounds, for a context that has not scanned the queue yet. */
export async function storedLowWater(connection: Connection, queue: string): Promise<LowWater> {
  return lowWaterOf(await storedNewest(connection, queue));
}

/** The newest epoch of a queue, or the one of a queue without any claim. Rejects if it cannot be used. */
export async function storedNewest(connection: Connection, queue: string): Promise<EpochRow> {
  return checkedNewest(queue, await readNewest(connection, queue));
}

/** The newest epoch of a queue, unchecked. */
export async function readNewest(
  connection: Connection,
  queue: string,
): Promise<EpochRow | undefined> {
  const { result } = await connection.read(['epochs'], (tx) =>
    tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
  );
  return result?.value;
}

/** The bounds that the newest epoch of a queue gives. */
export function lowWaterOf({ cursor, epoch, spentEpoch, youngEpoch = epoch }: EpochRow): LowWater {
  return {
    ...{ cursor, epoch: spentEpoch, inlineEpoch: youngEpoch },
    ...{ inlineRows: [], knownEpoch: youngEpoch },
  };
}

/** The requests from which the claims of a queue are read. */
export type ClaimRequests = Readonly<{
  epochs: IDBRequest<EpochRow[]>;
  endings: IDBRequest<EndingRow[]>;
  claims: IDBRequest<ClaimRow[]>;
}>;

/** The stores of {@link requestClaims}. */
export const CLAIM_STORES = ['epochs', 'endings', 'claims'] as const;

/** Requests the rows of all claims of a queue from these lower bounds on, for {@link claimTableOf}. */
export function requestClaims(
  tx: IDBTransaction,
  queue: string,
  { epoch, inlineEpoch, knownEpoch }: LowWater,
): ClaimRequests {
  return {
    epochs: tx.objectStore('epochs').getAll(ofQueueFrom(queue, knownEpoch)),
    endings: tx.objectStore('endings').getAll(ofQueueFrom(queue, inlineEpoch)),
    claims: tx.objectStore('claims').getAll(ofQueueFrom(queue, epoch)),
  };
}

/**
 * Throws without a usable newest epoch, because it has the cursor. A claim row beyond the newest epoch is malformed.
 */
export function claimTableOf(queue: string, found: ClaimRequests, from: LowWater): ClaimTable {
  const newest = checkedNewest(queue, found.epochs.result.at(-1));
  const inline = liveInlineClaims(found, from.inlineRows);
  const old = sortRows(found.claims.result, (row) =>
    row.epoch > newest.epoch ? 'malformed' : check('claims', row),
  );
  const claims = [...old.ok, ...inline.ok.map(inlineClaimOf)];
  const openEpochs = [...claims, ...old.newer, ...inline.newer].map(({ epoch }) => epoch);
  // The next scan must find malformed rows again until they are in quarantine.
  const lowest = old.malformed.length > 0 ? from.epoch : newest.epoch + 1;
  const live = Object.values(inline).flat();
  return {
    newest,
    claims,
    openEpochs,
    unusable: [
      ...old.malformed.map((row) => unusableClaim('claims', row, row)),
      ...inline.malformed.map((row) => unusableClaim('epochs', row, row.claim)),
    ],
    lowWater: {
      cursor: newest.cursor,
      epoch: Math.min(lowest, ...openEpochs),
      inlineEpoch: Math.min(newest.epoch, ...live.map(({ epoch }) => epoch)),
      inlineRows: live.filter(({ epoch }) => epoch < newest.epoch),
      knownEpoch: newest.epoch,
    },
  };
}

/** The key of a claim. */
export type ClaimKey = Pick<ClaimRow, 'queue' | 'epoch'>;

/** One claim as the database has it. */
export interface StoredClaim {
  /** Undefined if the claim holds no event, or is unusable. */
  readonly row: ClaimRow | undefined;
  readonly endings: readonly EndingRow[];
}

export async function readClaim(connection: Connection, claim: ClaimKey): Promise<StoredClaim> {
  const found = await connection.read(CLAIM_STORES, (tx) => requestClaim(tx, claim));
  return storedClaim(found);
}

/** Requests every row that belongs to one claim. */
export function requestClaim(tx: IDBTransaction, { queue, epoch }: ClaimKey): ClaimRequests {
  const changes = IDBKeyRange.bound([queue, epoch], [queue, epoch, []]);
  return {
    epochs: tx.objectStore('epochs').getAll([queue, epoch]),
    endings: tx.objectStore('endings').getAll(changes),
    claims: tx.objectStore('claims').getAll([queue, epoch]),
  };
}

/** The claim that {@link requestClaim} has read. */
export function storedClaim(found: ClaimRequests): StoredClaim {
  return { row: soundClaims(found)[0], endings: found.endings.result };
}

/** The claims that can be used. */
export function soundClaims(found: ClaimRequests): ClaimRow[] {
  const old = found.claims.result.filter((row) => check('claims', row) === 'ok');
  return [...old, ...liveInlineClaims(found).ok.map(inlineClaimOf)];
}

function checkedNewest(queue: string, row: EpochRow | undefined): EpochRow {
  const newest = row ?? neverClaimed(queue);
  const verdict = check('epochs', newest);
  if (verdict !== 'ok') throw rowError('epochs', queue, verdict);
  return newest;
}

/** An unusable claim and the place of its row: in `claims`, or inline in its epoch row. */
export function unusableClaim(
  store: 'claims' | 'epochs',
  { queue, epoch }: { readonly queue: string; readonly epoch: number },
  row: unknown,
): UnusableRow {
  return { store, key: [queue, epoch], reason: 'malformed', row };
}

function neverClaimed(queue: string): EpochRow {
  const cursor = { seq: 0, at: 0 };
  return {
    v: ROW_VERSION,
    queue,
    epoch: 0,
    cursor,
    spentEpoch: 0,
    spentAt: 0,
    sparedSeq: 0,
  };
}
