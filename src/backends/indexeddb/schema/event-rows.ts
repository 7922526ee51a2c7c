import type { NewEvent } from '../../../queue/event-store.ts';
import { type DelayedPayloadRow, ROW_VERSION, type SegmentRow } from './schema.ts';

/** Between events and the rows that hold them. */

/**
 * Above the quota Firefox refuses values that it keeps in files, of more than 1 MiB, one by one, all others with the
 * whole transaction. It also refuses a Blob whose file cannot be read by itself. So a transaction in which a large value
 * or a Blob is not in the last request ends by itself. In bytes as they are estimated, which may be half of what they
 * are.
 */
export const LARGE_BYTES = 524_288;

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

export function delayedRowOf({
  eventId,
  channel,
  payload,
  metadata,
  createdAt,
  delayMs = 0,
}: NewEvent): DelayedPayloadRow {
  return { v: ROW_VERSION, id: eventId, queue: channel, payload, metadata, createdAt, delayMs };
}

/** What a reader gets of an event: its size no longer matters. */
export type EventContent = Omit<NewEvent, 'bytes'>;

export function eventOfSegment(row: SegmentRow, index: number): EventContent {
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

export function eventOfDelayedRow(row: DelayedPayloadRow): EventContent {
  const { id: eventId, queue: channel, payload, metadata, createdAt, delayMs } = row;
  return { eventId, channel, payload, metadata, createdAt, delayMs };
}
