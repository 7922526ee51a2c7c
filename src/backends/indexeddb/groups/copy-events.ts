import type { NewEvent } from '../../../queue/event-store.ts';
import { nextEpoch } from '../claims/next-epoch.ts';
import { findBlob } from '../database/refused-values.ts';
import type { Ending, Write } from '../database/transactions.ts';
import type { ClaimTable } from '../scanning/claim-table.ts';
import {
  delayedRowOf,
  eventOfSegment,
  LARGE_BYTES,
  POSITION_STEP,
  segmentsOf,
  waitingRowOf,
} from '../schema/event-rows.ts';
import { type GroupsRow, groupsRange, soundGroupsRows } from '../schema/groups-row.ts';
import { KEY_LIMIT, keyRanges } from '../schema/key-ranges.ts';
import { endedRowsOf } from '../schema/key-rows.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { pendingRowsOf } from '../schema/result-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import type { WaitingRow } from '../schema/schema.ts';

/** Bounds of one step. */
const STEP_SEGMENTS = 32;
const STEP_BYTES = 4 * 1_048_576;

type Segment = Required<SegmentRow>;

/** What a channel has that was not copied to its groups yet. */
export interface Uncopied {
  readonly table: ClaimTable;
  /** The first segments, usable or not. */
  readonly segments: readonly Segment[];
  readonly groups: readonly Required<GroupsRow>[];
  /** The greatest key of all segments in the database. */
  readonly lastSeq: number;
}

/** The requests of {@link requestUncopied}. */
interface UncopiedRequests {
  readonly groups: IDBRequest<unknown[]>;
  readonly segments: readonly IDBRequest<unknown[]>[];
  readonly last: IDBRequest<IDBCursor | null>;
}

/** Requests the parts of {@link Uncopied} that are segments, from `copiedSeq` on. Without it, only the others. */
export function requestUncopied(
  tx: IDBTransaction,
  channel: string,
  copiedSeq?: number,
): UncopiedRequests & Readonly<Record<string, IDBRequest | readonly IDBRequest[]>> {
  const segments = tx.objectStore('segments');
  const fresh = segments.index('fresh');
  const range = IDBKeyRange.bound([channel, copiedSeq ?? 0], [channel, KEY_LIMIT], false, true);
  return {
    groups: fresh.getAll(groupsRange(channel)),
    segments: copiedSeq === undefined ? [] : [fresh.getAll(range, STEP_SEGMENTS)],
    last: segments.openKeyCursor(IDBKeyRange.upperBound(KEY_LIMIT, true), 'prev'),
  };
}

/** The result of {@link requestUncopied}. Undefined where the channel never had groups. */
export function uncopiedOf(table: ClaimTable, found: UncopiedRequests): Uncopied | undefined {
  const { copiedSeq } = table.newest;
  if (copiedSeq === undefined) return undefined;
  const read = found.segments.flatMap(({ result }) => result as Segment[]);
  return {
    table,
    segments: read.filter(({ seq }) => seq >= copiedSeq),
    groups: soundGroupsRows(found.groups.result),
    lastSeq: Number(found.last.result?.key ?? 0),
  };
}

/** The writes of one step. The last one adds the next epoch of the channel's plain queue, so one context alone makes the step. */
export function copyStep(
  uncopied: Uncopied,
  now: number,
): { readonly writes: readonly Write[]; readonly ending: Ending } {
  const { table, groups } = uncopied;
  const batch = firstBatch(uncopied);
  const copiedSeq = (batch.at(-1) as Segment).seq + 1;
  const isLarge = batch.some(
    (row) => row.bytes > LARGE_BYTES || findBlob({ payload: row.payloads, metadata: null }),
  );
  const outdated = groups.filter(
    (row) => row !== groupsAt(groups, copiedSeq) && row.seq < copiedSeq,
  );
  const after = Math.max(uncopied.lastSeq, table.newest.copiedPosition ?? 0);
  const count = batch.reduce((sum, { ids }) => sum + (ids?.length || 0), 0);
  const copiedPosition = after + count * POSITION_STEP;
  return {
    writes: [
      ...writesOf(batch, uncopied, after),
      ...keyRanges(outdated.map(({ seq }) => seq)).map(deleteSegments),
      ['add', 'epochs', { ...nextEpoch(table, now), copiedSeq, copiedPosition }],
    ],
    ending: isLarge ? 'auto' : 'commit',
  };
}

/** The groups that get a segment, and those of the plain queue. */
function groupsAt(
  groups: readonly Required<GroupsRow>[],
  seq: number,
): Required<GroupsRow> | undefined {
  return groups.findLast((row) => row.seq < seq);
}

/** The first segments that are copied alike. */
function firstBatch({ segments, groups }: Uncopied): readonly Segment[] {
  const kindOf = (row: Segment) => {
    if (!isSound('segments', row) || row.redriven) return '';
    return `${groupsAt(groups, row.seq)?.seq} ${row.own !== undefined} ${row.onlyTo}`;
  };
  const batch: Segment[] = [];
  let bytes = 0;
  for (const row of segments) {
    const [first = row] = batch;
    bytes += Number(row.bytes) || 0;
    if (batch.length > 0 && (bytes > STEP_BYTES || kindOf(row) !== kindOf(first))) break;
    batch.push(row);
  }
  return batch;
}

/**
 * A segment of redriven events stays to the queue that redrives them, and one that cannot be used goes to quarantine there.
 * `after`: the position after which the events that wait outside of the segments follow.
 */
function writesOf(batch: readonly Segment[], uncopied: Uncopied, after: number): Write[] {
  const [first] = batch as [Segment];
  const at = groupsAt(uncopied.groups, first.seq);
  if (!at || !isSound('segments', first) || first.redriven) return [];
  const living = new Set(uncopied.groups.at(-1)?.queues);
  const queues = (first.onlyTo ?? at.queues).filter((queue) => living.has(queue));
  const drop = keyRanges(batch.map(({ seq }) => seq)).map(deleteSegments);
  if (first.own) {
    const isPlain = at.hasPlain && !first.onlyTo;
    let position = after;
    const rows = batch.flatMap((row) => {
      const from = position;
      position += row.ids.length * POSITION_STEP;
      return [
        ...queues.flatMap((queue) => ownRows(row, queue, from)),
        ...(isPlain ? ownRows(row, row.queue, row.seq) : []),
      ];
    });
    // Where the plain queue has the events already, their results are there, too.
    return [...rows, ...drop, ...resultsOf(batch.flatMap(eventsOf), queues, at.hasPlain)];
  }
  const events = batch.flatMap(eventsOf);
  const copies = queues.flatMap((queue) =>
    segmentsOf(events.map((event) => ({ ...event, channel: queue }))),
  );
  return [
    ...copies.map((row) => ['add', 'segments', row] as const),
    ...(at.hasPlain ? [] : drop),
    ...resultsOf(events, queues, at.hasPlain),
  ];
}

/** The pending results of the copies. Without a plain queue the event that was published has no result. */
function resultsOf(
  events: readonly NewEvent[],
  queues: readonly string[],
  isPlain: boolean,
): Write[] {
  const kept = events.filter(({ retentionMs }) => retentionMs);
  const copies = queues.flatMap((queue) => kept.map((event) => ({ ...event, channel: queue })));
  const dropped = isPlain ? [] : kept;
  return [
    ...pendingRowsOf(copies).map((row) => ['put', 'results', row] as const),
    ...dropped.map(({ channel, eventId }) => ['delete', 'results', [channel, eventId]] as const),
  ];
}

function eventsOf(row: Segment): NewEvent[] {
  const bytes = (Number(row.bytes) || 0) / row.ids.length;
  return row.ids.map((_, index) => ({ ...eventOfSegment(row, index), bytes }));
}

/** The rows of events that wait outside of the segments. Their positions are after `seq`, in the order of the segment. */
function ownRows(row: Segment, queue: string, seq: number): Write[] {
  const waiting: WaitingRow[] = [];
  const late = eventsOf(row).map((event, index) => {
    const position = seq + (index + 1) * POSITION_STEP;
    // The ids of a queue's copies are neighbours, so that one delete removes them with the group.
    const dedupe = { uniqueId: `${queue}@${row.seq}.${index}`, until: 0 };
    const copy = { ...event, ...row.own?.[index], channel: queue, dedupe };
    waiting.push(waitingRowOf(copy, position));
    return ['put', 'late', delayedRowOf(copy, position)] as const;
  });
  const returned = [...waiting, ...endedRowsOf(waiting)];
  return [...late, ...returned.map((one) => ['put', 'returned', one] as const)];
}

function deleteSegments(range: IDBKeyRange): Write {
  return ['delete', 'segments', range];
}
