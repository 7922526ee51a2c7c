import { earliest } from '../../../core/runtime/earliest.ts';
import type { Connection } from '../database/connection.ts';
import { isCurrent, type ReadStamp } from '../database/read-stamp.ts';
import { comparePositions, holdsPlace, positionKey } from '../schema/held-spans.ts';
import { isSound } from '../schema/row-checks.ts';
import type { ClaimRow, Position } from '../schema/schema.ts';
import {
  CLAIM_STORES,
  type ClaimKey,
  type ClaimRequests,
  type ClaimTable,
  claimTableOf,
  type LowWater,
  lowWaterOf,
  readNewest,
  requestClaim,
  requestClaims,
  type StoredClaim,
  soundClaims,
  storedClaim,
} from './claim-table.ts';

/** Requests the stored state of one claim, and of the asked events that it does not hold. */
export interface ClaimQuery extends ClaimKey {
  readonly asked: readonly Position[];
  /** Whether the claim most likely does not hold them. Then everything is read in one transaction. */
  readonly isLikelyLost: boolean;
}

export interface ClaimAnswer extends StoredClaim {
  /** The asked events that are stored although the claim does not hold them, by {@link positionKey}. */
  readonly stored: ReadonlySet<string>;
}

/** The lower bounds for reading the claims of a queue, with the stamp of the read that found them. */
export interface LastScan {
  readonly lowWater: LowWater;
  readonly stamp: ReadStamp;
}

export interface ClaimReaderOptions {
  /** This context's last scan of a queue. Undefined before the first. */
  readonly lastScanOf: (queue: string) => LastScan | undefined;
  /** Called when all claims of a queue were read. */
  readonly onScan: (queue: string, claimTable: ClaimTable) => void;
}

/** Only foreign rows can make more rows than this at the places of one read. */
const MAX_WAITING = 10_000;

const NONE: ReadonlySet<string> = new Set();

/**
 * Reads the stored state of claims that other contexts may have changed. It reads only the claims of the queue and the asked
 * places, so the cost does not depend on the number of waiting events.
 */
export class ClaimReader {
  readonly #connection: Connection;
  readonly #options: ClaimReaderOptions;
  /** The queue that was read last. */
  #last: (LastScan & { readonly queue: string }) | undefined;

  constructor(connection: Connection, options: ClaimReaderOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Answers several queries. It takes one transaction for the claims, and one for each queue in which an event is lost. */
  async ask(questions: readonly ClaimQuery[]): Promise<ClaimAnswer[]> {
    const answers = new Map<ClaimQuery, ClaimAnswer>();
    await this.#askPlainly(
      questions.filter(({ isLikelyLost }) => !isLikelyLost),
      answers,
    );
    const open = questions.filter((question) => !answers.has(question));
    for (const queue of new Set(open.map((question) => question.queue)))
      await this.#askFully(
        queue,
        open.filter((question) => question.queue === queue),
        answers,
      );
    return questions.map((question) => answers.get(question) as ClaimAnswer);
  }

  /** Answers the queries whose claims hold all asked events. */
  async #askPlainly(
    questions: readonly ClaimQuery[],
    answers: Map<ClaimQuery, ClaimAnswer>,
  ): Promise<void> {
    if (questions.length === 0) return;
    const { claims } = await this.#connection.read(CLAIM_STORES, (tx) => ({
      claims: questions.map((question) => requestClaim(tx, question)),
    }));
    for (const [index, question] of questions.entries()) {
      const claim = storedClaim(claims[index] as ClaimRequests);
      if (lostOf(question, claim).length === 0) answers.set(question, { ...claim, stored: NONE });
    }
  }

  /** Answers the other queries of one queue. It takes one transaction, or two if the queue was not scanned before. */
  async #askFully(
    queue: string,
    questions: readonly ClaimQuery[],
    answers: Map<ClaimQuery, ClaimAnswer>,
  ): Promise<void> {
    const connection = this.#connection;
    const from = await this.#lowWaterOf(queue, questions);
    const places = questions.flatMap(({ asked }) => asked);
    const stamp = await connection.stamp();
    const found = await connection.read([...CLAIM_STORES, 'returned', 'late'], (tx) => ({
      claims: questions.map((question) => requestClaim(tx, question)),
      claimTable: requestClaims(tx, queue, from),
      ...requestPlaces(tx, queue, places),
    }));
    const claimTable = usable(() => claimTableOf(queue, found.claimTable, from));
    if (claimTable) {
      this.#last = { queue, lowWater: claimTable.lowWater, stamp };
      this.#options.onScan(queue, claimTable);
    }
    const claims = claimTable?.claims ?? soundClaims(found.claimTable);
    const stored = storedPlaces(found, places, claims);
    for (const [index, question] of questions.entries()) {
      const claim = storedClaim(found.claims[index] as ClaimRequests);
      answers.set(question, { ...claim, stored });
    }
  }

  /** The lower bounds of the queue. If its newest epoch is unusable, they begin at the first asked claim. */
  async #lowWaterOf(queue: string, questions: readonly ClaimQuery[]): Promise<LowWater> {
    const connection = this.#connection;
    const last = this.#last?.queue === queue ? this.#last : this.#options.lastScanOf(queue);
    if (last && isCurrent(last.stamp, await connection.stamp())) return last.lowWater;
    const newest = await readNewest(connection, queue);
    if (isSound('epochs', newest)) return lowWaterOf(newest);
    const epoch = earliest(questions.map((question) => question.epoch));
    const cursor = { seq: 0, at: 0 };
    return { cursor, epoch, inlineEpoch: epoch, inlineRows: [], knownEpoch: epoch };
  }
}

/** Undefined if the newest epoch of the queue is unusable. */
function usable(claimTable: () => ClaimTable): ClaimTable | undefined {
  try {
    return claimTable();
  } catch {
    // Claims from the queue reject with this error.
    return undefined;
  }
}

function lostOf({ asked }: ClaimQuery, { row }: StoredClaim): readonly Position[] {
  return asked.filter((place) => !row || !holdsPlace(row, place));
}

type PlaceRequests = ReturnType<typeof requestPlaces>;

function requestPlaces(tx: IDBTransaction, queue: string, places: readonly Position[]) {
  const waiting = tx.objectStore('returned').index('place');
  const late = places.map(({ at }) => at).filter((at) => typeof at === 'string');
  return {
    waiting: runsOf(queue, places.filter(isInSegment)).map((run) =>
      waiting.getAllKeys(run, MAX_WAITING),
    ),
    // A delayed event is stored while its row in `late` exists.
    late: late.map((id) => tx.objectStore('late').getKey(id)),
  };
}

/** The places whose event is held by any context, or waits, by {@link positionKey}. */
function storedPlaces(
  { waiting, late }: PlaceRequests,
  places: readonly Position[],
  claims: readonly ClaimRow[],
): ReadonlySet<string> {
  const stored = new Set<string>();
  for (const { result } of late) if (result !== undefined) stored.add(String(result));
  for (const { result } of waiting)
    for (const [, , seq, at] of result as [string, number, number, number | string][])
      stored.add(positionKey({ seq, at }));
  for (const place of places.filter(isInSegment))
    if (claims.some((claim) => holdsPlace(claim, place))) stored.add(positionKey(place));
  return stored;
}

function isInSegment({ at }: Position): boolean {
  return typeof at === 'number';
}

/** One key range for each run of adjacent places. Events that were claimed together are adjacent. */
function runsOf(queue: string, places: readonly Position[]): IDBKeyRange[] {
  const runs: { first: Position; last: Position }[] = [];
  for (const place of [...places].sort(comparePositions)) {
    const run = runs.at(-1);
    if (run && isNext(run.last, place)) run.last = place;
    else runs.push({ first: place, last: place });
  }
  return runs.map(({ first, last }) =>
    IDBKeyRange.bound([queue, first.seq, first.at], [queue, last.seq, last.at]),
  );
}

function isNext(last: Position, { seq, at }: Position): boolean {
  if (seq === last.seq) return at === Number(last.at) + 1 || at === last.at;
  return seq === last.seq + 1 && at === 0;
}
