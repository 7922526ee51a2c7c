import type { Connection } from '../database/connection.ts';
import { check, rowError, type Sorted, sortRows, type Verdict } from '../schema/row-checks.ts';
import { type ClaimRow, type EndingRow, type EpochRow, ROW_VERSION } from '../schema/schema.ts';
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
  readonly youngEpoch: number;
  /** Epoch rows below `knownEpoch` that contained such a claim at the last scan. Epoch rows never change, so they are kept and not read again. */
  readonly young: readonly EpochRow[];
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

/** The low-water mark that is stored, for a context that knows nothing of the queue yet. */
export async function storedLowWater(connection: Connection, queue: string): Promise<LowWater> {
  return lowWaterOf(checkedNewest(queue, await readNewest(connection, queue)));
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

/** Of a queue whose newest epoch this is. */
export function lowWaterOf({ cursor, epoch, spentEpoch, youngEpoch = epoch }: EpochRow): LowWater {
  return { cursor, epoch: spentEpoch, youngEpoch, young: [], knownEpoch: youngEpoch };
}

/** The requests from which the claims of a queue are read. */
export type ClaimRequests = Readonly<{
  epochs: IDBRequest<EpochRow[]>;
  endings: IDBRequest<EndingRow[]>;
  claims: IDBRequest<ClaimRow[]>;
}>;

/** The stores of {@link requestClaims}. */
export const CLAIM_STORES = ['epochs', 'endings', 'claims'] as const;

/** For {@link claimTableOf}. */
export function requestClaims(
  tx: IDBTransaction,
  queue: string,
  { epoch, youngEpoch, knownEpoch }: LowWater,
): ClaimRequests {
  return {
    epochs: tx.objectStore('epochs').getAll(ofQueueFrom(queue, knownEpoch)),
    endings: tx.objectStore('endings').getAll(ofQueueFrom(queue, youngEpoch)),
    claims: tx.objectStore('claims').getAll(ofQueueFrom(queue, epoch)),
  };
}

/**
 * Without a usable newest epoch nothing of the queue is known. There is no claim without its epoch: a row beyond
 * the newest is none.
 */
export function claimTableOf(queue: string, found: ClaimRequests, from: LowWater): ClaimTable {
  const newest = checkedNewest(queue, found.epochs.result.at(-1));
  const young = youngClaims(found, from.young);
  const old = sortRows(found.claims.result, (row) =>
    row.epoch > newest.epoch ? 'malformed' : check('claims', row),
  );
  const claims = [...old.ok, ...young.ok.map(claimIn)];
  const openEpochs = [...claims, ...old.newer, ...young.newer].map(({ epoch }) => epoch);
  // The next scan must find malformed rows again until they are in quarantine.
  const lowest = old.malformed.length > 0 ? from.epoch : newest.epoch + 1;
  const standing = Object.values(young).flat();
  return {
    newest,
    claims,
    openEpochs,
    unusable: [
      ...old.malformed.map((row) => unusableClaim('claims', row, row)),
      ...young.malformed.map((row) => unusableClaim('epochs', row, row.claim)),
    ],
    lowWater: {
      cursor: newest.cursor,
      epoch: Math.min(lowest, ...openEpochs),
      youngEpoch: Math.min(newest.epoch, ...standing.map(({ epoch }) => epoch)),
      young: standing.filter(({ epoch }) => epoch < newest.epoch),
      knownEpoch: newest.epoch,
    },
  };
}

/** By what a claim is found. */
export type ClaimKey = Pick<ClaimRow, 'queue' | 'epoch'>;

/** One claim as the database has it. */
export interface StoredClaim {
  /** Undefined where it holds nothing any longer, or cannot be used. */
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

/** What {@link requestClaim} brought. */
export function storedClaim(found: ClaimRequests): StoredClaim {
  return { row: soundClaims(found)[0], endings: found.endings.result };
}

/** The claims that can be used. */
export function soundClaims(found: ClaimRequests): ClaimRow[] {
  const old = found.claims.result.filter((row) => check('claims', row) === 'ok');
  return [...old, ...youngClaims(found).ok.map(claimIn)];
}

/** The epoch rows, those in `known` included, that contain a claim which was neither ended nor changed. */
function youngClaims(
  { epochs, endings }: ClaimRequests,
  known: readonly EpochRow[] = [],
): Sorted<EpochRow> {
  const ended = new Map<number, Verdict>();
  for (const row of endings.result) {
    const verdict = check('endings', row);
    if (verdict !== 'malformed') ended.set(row.epoch, verdict);
  }
  const standing = [...known, ...epochs.result].filter(
    ({ epoch, claim }) => claim !== undefined && ended.get(epoch) !== 'ok',
  );
  return sortRows(standing, (row) => ended.get(row.epoch) ?? checkClaimIn(row));
}

/** Checks the claim that an epoch row contains. */
export function checkClaimIn({ queue, epoch, claim }: EpochRow): Verdict {
  const named = Object(claim) as ClaimRow;
  const isOfEpoch = named.queue === queue && named.epoch === epoch;
  return isOfEpoch ? check('claims', named) : 'malformed';
}

function claimIn(row: EpochRow): ClaimRow {
  return row.claim as ClaimRow;
}

function checkedNewest(queue: string, row: EpochRow | undefined): EpochRow {
  const newest = row ?? neverClaimed(queue);
  const verdict = check('epochs', newest);
  if (verdict !== 'ok') throw rowError('epochs', queue, verdict);
  return newest;
}

/** A claim that cannot be used, where its row lies: among the claims, or in that of its epoch. */
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
