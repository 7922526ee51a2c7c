import type { NewEvent } from '../../../queue/event-store.ts';
import { type LateRow, ROW_VERSION, type SegmentRow } from './schema.ts';
import { LARGE_BYTES } from '../database/transactions.ts';

/** Between events and the rows that hold them. */

/** Bounds of one segment, so that no reader ever has to take more than this at a time, unless one event is larger. */
export const MAX_SEGMENT_EVENTS = 1_000;

/** Segments for the events of one commit that are due at once: one a queue, more only where one would be too large. */
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
  };
}

export function lateRowOf({
  eventId,
  channel,
  payload,
  metadata,
  createdAt,
  delayMs = 0,
}: NewEvent): LateRow {
  return { v: ROW_VERSION, id: eventId, queue: channel, payload, metadata, createdAt, delayMs };
}

/** What a reader gets of an event: its size no longer matters. */
export type StoredEvent = Omit<NewEvent, 'bytes'>;

export function eventOfSegment(row: SegmentRow, index: number): StoredEvent {
  const delayMs = row.delays?.[index] ?? -1;
  return {
    eventId: row.ids[index] as string,
    channel: row.queue,
    payload: row.payloads[index],
    metadata: row.metadata?.[index] ?? null,
    createdAt: row.createdAt[index] as number,
    ...(delayMs >= 0 && { delayMs }),
  };
}

export function eventOfLateRow(row: LateRow): StoredEvent {
  const { id: eventId, queue: channel, payload, metadata, createdAt, delayMs } = row;
  return { eventId, channel, payload, metadata, createdAt, delayMs };
}
