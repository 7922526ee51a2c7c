import { estimateBytes } from '../../../core/admission.ts';
import type { DeadLetter } from '../../../core/events/message.ts';
import type { ObserverEvent } from '../../../core/reports/observer.ts';
import { copyOfLetter, redrivenEventOf } from '../../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult, NewEvent } from '../../../queue/event-store.ts';
import type { Claimers } from '../claiming/claimers.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import { readClaims } from '../cleanup/read-claims.ts';
import type { Connection } from '../database/connection.ts';
import { findBlob } from '../database/refused-values.ts';
import type { Write } from '../database/transactions.ts';
import {
  delayedRowOf,
  hasOwnRow,
  LARGE_BYTES,
  POSITION_STEP,
  segmentsOf,
  waitingRowOf,
} from '../schema/event-rows.ts';
import { KEY_LIMIT, keyRanges } from '../schema/key-ranges.ts';
import { endedRowsOf } from '../schema/key-rows.ts';
import { pendingRowsOf } from '../schema/result-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import { type DeadRow, rankOf } from '../schema/schema.ts';
import { letterOfRow } from './browse-rows.ts';

/** Bounds of one step. The size of a letter is estimated from the first ones that the step reads. */
const STEP_ROWS = 1_000;
const FIRST_ROWS = 32;
const STEP_BYTES = 4 * 1_048_576;

export interface MoveLettersParts {
  readonly connection: Connection;
  readonly claimers: Pick<Claimers, 'use'>;
  readonly report: (event: ObserverEvent) => void;
  /** Called where the channel has groups. */
  readonly onGroups: (channel: string) => void;
}

type Row = Required<DeadRow>;

/**
 * One step of a redrive or purge, in one transaction. It is a decision like a claim: it adds the next epoch of the queue, last
 * in the transaction. So where another context has taken the same letters, or has claimed, nothing is written, and the step is
 * tried again with what is stored then.
 */
export async function moveLetters(
  { connection, claimers, report }: MoveLettersParts,
  step: LetterStep,
): Promise<LetterStepResult> {
  const { channel, verb } = step;
  const until = step.until ?? (await lastNumber(connection, channel));
  if (until === undefined) return { taken: [], scanned: 0, after: undefined, until };
  const verdicts = new Map<number, boolean>();
  const result = await claimers.use(channel).decide(STEP_ROWS, async () => {
    const snapshot = await readClaims(connection, channel);
    // Read after the epoch: where another context takes some of them from now on, this step fails.
    const rows = await readStep(connection, step, until);
    const { taken, scanned } = select(rows, step, verdicts);
    const last = scanned.at(-1)?.n;
    const isMore = last !== undefined && last < until;
    const answer = {
      taken: taken.map(({ letter }) => letter.eventId),
      ...{ scanned: scanned.length, after: isMore ? last : undefined, until },
    };
    if (taken.length === 0) return answer;
    const { at } = snapshot.stamp;
    const events = verb === 'redrive' ? taken.map((row) => eventOf(row, at)) : [];
    const own = events.filter(hasOwnRow);
    const segments = segmentsOf(events.filter((event) => !hasOwnRow(event)));
    const writes: Write[] = [
      ...segments.map((segment) => ['add', 'segments', segment] as const),
      ...(await ownWrites(connection, channel, own, segments.length)),
      ...pendingRowsOf(events).map((row) => ['put', 'results', row] as const),
      ...keyRanges(taken.map(({ n }) => n)).map((run) => ['delete', 'dead', run] as const),
      ['add', 'epochs', nextEpoch(snapshot, at)],
    ];
    const mayFailAmid = events.some((event) => event.bytes > LARGE_BYTES || findBlob(event));
    const ending = mayFailAmid ? 'auto' : 'commit';
    return (await connection.decide(snapshot.stamp, writes, { ending })) ? answer : undefined;
  });
  const count = result.taken.length;
  if (count > 0) report({ type: verb === 'redrive' ? 'redriven' : 'purged', channel, count });
  return result;
}

/** Events with a priority, and those that wait for others, get rows of their own, after those of the queue that have the same rank. */
async function ownWrites(
  connection: Connection,
  queue: string,
  events: readonly NewEvent[],
  segmentCount: number,
): Promise<Write[]> {
  if (events.length === 0) return [];
  const ranks = [...new Set(events.map(({ priority }) => rankOf(priority)))];
  const { newest, last } = await connection.read(['segments', 'returned'], (tx) => ({
    newest: tx
      .objectStore('segments')
      .openKeyCursor(IDBKeyRange.upperBound(KEY_LIMIT, true), 'prev'),
    last: ranks.map((rank) => {
      const range = IDBKeyRange.bound([queue, rank], [queue, rank, KEY_LIMIT]);
      return tx.objectStore('returned').openKeyCursor(range, 'prev');
    }),
  }));
  const seqs = last.map(({ result }) => Number((result?.key as unknown[] | undefined)?.[2] ?? 0));
  let seq = Math.max(Number(newest.result?.key ?? 0), ...seqs) + segmentCount;
  const waiting = events.map((event) => {
    seq += POSITION_STEP;
    return waitingRowOf(event, seq);
  });
  return [
    ...[...waiting, ...endedRowsOf(waiting)].map((row) => ['add', 'returned', row] as const),
    ...events.map((event) => ['add', 'late', delayedRowOf(event)] as const),
  ];
}

/** The number of the last dead letter. Undefined where there is none. */
async function lastNumber(connection: Connection, queue: string): Promise<number | undefined> {
  const all = IDBKeyRange.bound([queue], [queue, []], false, true);
  const { result } = await connection.read(['dead'], (tx) =>
    tx.objectStore('dead').index('queue').openKeyCursor(all, 'prev'),
  );
  return result?.primaryKey as number | undefined;
}

/** The rows of one step, whether they can be used or not. */
async function readStep(
  connection: Connection,
  { channel, after }: LetterStep,
  until: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  const end = [channel, until];
  let [from, count, isCut] = [after === undefined ? [channel] : [channel, after], FIRST_ROWS, true];
  while (isCut && count > 0 && from[1] !== until) {
    const range = IDBKeyRange.bound(from, end, true);
    const page = count;
    const { result } = await connection.read(['dead'], (tx) =>
      tx.objectStore('dead').index('queue').getAll(range, page),
    );
    const found = result as Row[];
    for (const row of found) rows.push(row);
    isCut = found.length === page;
    from = [channel, rows.at(-1)?.n ?? until];
    const bytes = rows.slice(0, FIRST_ROWS).reduce((sum, row) => sum + bytesOf(row), 0);
    const most = Math.floor((STEP_BYTES * FIRST_ROWS) / Math.max(bytes, 1));
    count = Math.min(STEP_ROWS, most) - rows.length;
  }
  return rows;
}

function bytesOf({ letter }: Row): number {
  return estimateBytes([letter?.payload, letter?.metadata], STEP_BYTES);
}

/** Asks about each letter once, also where the step is tried again: the user's code may be slow. */
function select(
  rows: readonly Row[],
  { limit, selects }: LetterStep,
  verdicts: Map<number, boolean>,
): { readonly taken: readonly Row[]; readonly scanned: readonly Row[] } {
  const taken: Row[] = [];
  const scanned: Row[] = [];
  for (const row of rows) {
    if (taken.length >= limit) break;
    scanned.push(row);
    if (isSound('dead', row) && isSelected(row, selects, verdicts)) taken.push(row);
  }
  return { taken, scanned };
}

function isSelected(row: Row, selects: LetterStep['selects'], verdicts: Map<number, boolean>) {
  const letter: DeadLetter = letterOfRow(row);
  const verdict = verdicts.get(row.n) ?? selects(letter, () => copyOfLetter(letter, 'clone'));
  verdicts.set(row.n, verdict);
  return verdict;
}

function eventOf(row: Row, now: number): NewEvent {
  const event = redrivenEventOf(row.letter, now);
  // Another event may have the id that a caller chose. The number of a letter is unique.
  const dedupe = { until: 0, uniqueId: `redriven ${row.n}` };
  const copy = { ...event, channel: row.queue, bytes: bytesOf(row) };
  return hasOwnRow(copy) ? { ...copy, dedupe } : copy;
}
