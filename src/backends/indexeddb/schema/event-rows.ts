import type { NewEvent } from '../../../queue/event-store.ts';
import type { OwnTerms } from './own-terms.ts';
import type { DelayedPayloadRow, SegmentRow } from './payload-rows.ts';
import { ROW_VERSION } from './row-version.ts';
import { type AttemptHistory, dueTime, heldAt, rankOf, type WaitingRow } from './schema.ts';

/**
 * Estimated bytes from which a value counts as large. The real size may be twice the estimate.
 *
 * Firefox keeps values of more than 1 MiB, and Blobs, in files. It refuses such a value alone, above the quota or where
 * its file cannot be read, and commits the rest. So a transaction with such a value before its last request must not
 * call `commit()`.
 */
export const LARGE_BYTES = 524_288;

/** The most events of one segment. With {@link LARGE_BYTES} it bounds what a reader loads at a time, unless one event is larger. */
export const MAX_SEGMENT_EVENTS = 1_000;

/** Segments for the events of one commit that are due at once: one for each queue, or more where one would be too large. */
export function segmentsOf(events: readonly NewEvent[]): SegmentRow[] {
  const byQueue = new Map<string, NewEvent[]>();
  for (const event of events) {
    const ofQueue = byQueue.get(event.channel);
    if (ofQueue) ofQueue.push(event);
    else byQueue.set(event.channel, [event]);
  }
  return [...byQueue].flatMap(([queue, ofQueue]) =>
    chunks(ofQueue).map((chunk) => segmentOf(queue, chunk)),
  );
}

function chunks(events: readonly NewEvent[]): NewEvent[][] {
  const all: NewEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const chunk = all.at(-1);
    bytes += event.bytes;
    if (chunk && chunk.length < MAX_SEGMENT_EVENTS && bytes <= LARGE_BYTES) chunk.push(event);
    else {
      all.push([event]);
      bytes = event.bytes;
    }
  }
  return all;
}

function segmentOf(queue: string, events: readonly NewEvent[]): SegmentRow {
  return {
    v: ROW_VERSION,
    queue,
    ids: events.map(({ eventId }) => eventId),
    payloads: events.map(({ payload }) => payload),
    createdAt: events.map(({ createdAt }) => createdAt),
    bytes: events.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(events.some(({ metadata }) => metadata) && {
      metadata: events.map(({ metadata }) => metadata),
    }),
    ...(events.some(({ delayMs }) => delayMs !== undefined) && {
      delays: events.map(({ delayMs = -1 }) => delayMs),
    }),
    ...(events.some(({ ttlMs }) => ttlMs !== undefined) && {
      ttls: events.map(({ ttlMs = -1 }) => ttlMs),
    }),
    ...(events.some(({ retentionMs }) => retentionMs) && {
      retentions: events.map(({ retentionMs = -1 }) => retentionMs),
    }),
    ...(events.some(({ key }) => key !== undefined) && {
      keys: events.map(({ key = null }) => key),
    }),
    ...(events.some(isBlocking) && { blocks: events.map(isBlocking) }),
    ...(events.some(({ redriven }) => redriven) && {
      redriven: events.map(({ redriven = null }) => redriven),
    }),
    ...(events.some(hasOwnRow) && { own: events.map(ownTermsOf) }),
  };
}

function ownTermsOf({ delayMs, availableAt, priority, after, onDeadLetter }: NewEvent): OwnTerms {
  return {
    ...(delayMs && { delayMs }),
    ...(availableAt !== undefined && { availableAt }),
    ...(priority && { priority }),
    ...(after && { after, ...(onDeadLetter && { onDeadLetter }) }),
  };
}

/** Distance of the positions of two events with rows of their own: a million of them fit between two segments. */
export const POSITION_STEP: number = 2 ** -20;

/** The row of an event that waits outside of the segments. `seq`: its place in commit order. */
export function waitingRowOf(event: NewEvent, seq: number): WaitingRow {
  const { channel, eventId, createdAt, delayMs = 0, availableAt, priority, dedupe } = event;
  const dueAt = dueTime(availableAt ?? createdAt + delayMs);
  const isLater = isDelayed(event);
  const row: WaitingRow = {
    v: ROW_VERSION,
    queue: channel,
    seq,
    at: dedupe?.uniqueId ?? eventId,
    dueAt: isLater ? dueAt : rankOf(priority),
    ...(isLater && availableAt === undefined && { since: createdAt }),
    ...(isLater && { availableAt: dueAt }),
    attempts: 0,
    ...carriedOf(event),
    ...(priority && { priority }),
  };
  return event.after ? heldRowOf(row, event.after.eventId) : row;
}

/** A clock that is set back does not move the due time of a row that is held back, so it has no `since`. */
function heldRowOf({ since, ...row }: WaitingRow, heldBy: string): WaitingRow {
  return { ...row, dueAt: heldAt(row.availableAt), heldBy };
}

/** The waiting row of an event that is no longer held back. `delayMs` and `createdAt`: those of the event. */
export function letGoRowOf(
  { heldBy, ...row }: WaitingRow,
  { delayMs = -1, createdAt }: { readonly delayMs?: number; readonly createdAt?: number },
): WaitingRow {
  const { availableAt = rankOf(row.priority) } = row;
  const since = delayMs > 0 && createdAt !== undefined && { since: createdAt };
  return { ...row, ...since, dueAt: availableAt };
}

/** `seq`: its place in commit order. */
export function delayedRowOf(event: NewEvent, seq?: number): DelayedPayloadRow {
  const { eventId, channel, payload, metadata, createdAt, delayMs = -1, ...options } = event;
  const { ttlMs, priority, dedupe, redriven, after } = options;
  const ids = dedupe ? { id: dedupe.uniqueId, eventId } : { id: eventId };
  const row = { v: ROW_VERSION, ...ids, queue: channel, payload, metadata, createdAt, delayMs };
  return {
    ...row,
    ...(ttlMs !== undefined && { ttlMs }),
    ...(priority && { priority }),
    ...(redriven && { redriven }),
    ...carriedOf(event),
    ...(after && { after, ...(isBlocking(event) && { blocks: true as const }) }),
    ...(event.key !== undefined && seq !== undefined && { seq }),
  };
}

/** The columns of an event that its row, its waiting rows and its claims all have. */
export function carriedOf(
  event: EventContent,
): Pick<AttemptHistory, 'key' | 'blocks' | 'retentionMs'> {
  const { key, retentionMs } = event;
  if (key === undefined && !retentionMs) return {};
  return {
    ...(key !== undefined && { key, ...(isBlocking(event) && { blocks: true as const }) }),
    ...(retentionMs && { retentionMs }),
  };
}

function isBlocking({ onDeadLetter }: EventContent): boolean {
  return onDeadLetter === 'block';
}

/** The reverse of {@link carriedOf} for the columns of a key. */
function orderOf(key: string | null | undefined, blocks: boolean | undefined) {
  return {
    ...(typeof key === 'string' && { key }),
    ...(blocks === true && { onDeadLetter: 'block' as const }),
  };
}

/** Whether an event waits in a row of its own. One that replaces others is likely to be replaced, too, and a row can be deleted. */
export function hasOwnRow(event: NewEvent): boolean {
  return isDelayed(event) || Boolean(event.priority ?? event.replaces ?? event.after);
}

/** Whether an event is not due when it is published. */
export function isDelayed({ delayMs = 0, availableAt }: NewEvent): boolean {
  return delayMs > 0 || availableAt !== undefined;
}

/** An event as it is read from a row. A row has no size for each event. */
export type EventContent = Omit<NewEvent, 'bytes'>;

export function eventOfSegment(row: SegmentRow, index: number): EventContent {
  const delayMs = row.delays?.[index] ?? -1;
  const ttlMs = row.ttls?.[index] ?? -1;
  const retentionMs = row.retentions?.[index] ?? -1;
  const redriven = row.redriven?.[index];
  const event = {
    eventId: row.ids[index] as string,
    channel: row.queue,
    payload: row.payloads[index],
    metadata: row.metadata?.[index] ?? null,
    createdAt: row.createdAt[index] as number,
    ...(delayMs >= 0 && { delayMs }),
    ...(ttlMs >= 0 && { ttlMs }),
    ...(retentionMs > 0 && { retentionMs }),
    ...(row.keys && orderOf(row.keys[index], row.blocks?.[index])),
  };
  return redriven ? { ...event, redriven } : event;
}

export function eventOfDelayedRow(row: DelayedPayloadRow): EventContent {
  const { id, eventId = id, queue: channel, payload, metadata, createdAt, ...options } = row;
  const { delayMs, ttlMs, priority, retentionMs, redriven, after } = options;
  return {
    ...{ eventId, channel, payload, metadata, createdAt },
    ...(delayMs >= 0 && { delayMs }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(retentionMs && { retentionMs }),
    ...orderOf(row.key, row.blocks),
    ...(after && { after }),
    ...(priority && { priority }),
    ...(redriven && { redriven }),
  };
}
