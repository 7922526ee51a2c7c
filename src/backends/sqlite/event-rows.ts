import type { EventResult } from '../../core/events/event-result.ts';
import type { Leased } from '../../core/events/lifecycle.ts';
import type { EventMessage, Metadata } from '../../core/events/message.ts';
import { messageOf } from '../../queue/event-shapes.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { idOf } from '../../queue/written-id.ts';
import { textOf, valueOfText } from '../../queue/written-value.ts';
import type { SqliteConnection } from './connection.ts';
import type { PlaceRow } from './places.ts';

/** What of a published event does not change. */
export interface EventRow {
  readonly createdAt: number;
  /** When the time to live began. Null without `ttlMs`. */
  readonly ttlBegins: number | null;
  /** JSON of {@link KeptOptions}. Null if none of them was set. */
  readonly options: string | null;
  readonly metadata: string | null;
  readonly payload: string;
}

/** The columns of an {@link EventRow}. */
export const EVENT_COLUMNS =
  'e.created_at AS createdAt, e.ttl_begins AS ttlBegins, e.options, e.metadata, e.payload';

/** A row of an event that lies in a place. */
export type StoredRow = PlaceRow & EventRow;

type KeptOptions = Pick<
  NewEvent,
  | 'delayMs'
  | 'availableAt'
  | 'ttlMs'
  | 'priority'
  | 'onDeadLetter'
  | 'redriven'
  | 'retentionMs'
  | 'after'
>;

const KEPT = [
  'delayMs',
  'availableAt',
  'ttlMs',
  'priority',
  'onDeadLetter',
  'redriven',
  'retentionMs',
  'after',
] as const;

/** A new event whose payload and metadata are texts, because each copy of a group stores the same texts. */
export interface WrittenEvent {
  readonly event: NewEvent;
  readonly options: string | null;
  readonly metadata: string | null;
  readonly payload: string;
}

/** Error: `not-cloneable`. */
export function writtenEvent(event: NewEvent): WrittenEvent {
  const { payload, metadata, channel } = event;
  return {
    event,
    options: optionsOf(event),
    metadata: metadata && textOf(metadata, 'metadata', channel),
    payload: textOf(payload, 'payload', channel),
  };
}

export function optionsOf(event: KeptOptions): string | null {
  let kept: Record<string, unknown> | null = null;
  for (const name of KEPT)
    if (event[name] !== undefined) {
      kept ??= {};
      kept[name] = event[name];
    }
  return kept && JSON.stringify(kept);
}

export function keptOptions(options: string | null): KeptOptions {
  if (options === null) return {};
  const { after, ...kept } = JSON.parse(options) as Omit<KeptOptions, 'after'> & {
    readonly after?: WrittenResult;
  };
  return after ? { ...kept, after: resultOfText(after) } : kept;
}

/** A result as it is stored in JSON. */
interface WrittenResult {
  readonly eventId: string;
  readonly state: EventResult['state'];
  /** A text of written-value.ts. Absent without a reply. */
  readonly reply?: string | null;
}

/** The result whose reply is a text. */
export function resultOfText(written: WrittenResult): EventResult {
  const { reply = null, ...result } = written;
  if (result.state !== 'acknowledged') return result as EventResult;
  return { ...result, reply: reply === null ? undefined : valueOfText(reply) } as EventResult;
}

/** Adds the event. Returns its `seq`. */
export function addEvent(connection: SqliteConnection, written: WrittenEvent): number {
  const { event, options, metadata, payload } = written;
  return connection.insert(
    'INSERT INTO @events (created_at, ttl_begins, options, metadata, payload) VALUES (?, ?, ?, ?, ?)',
    ...[event.createdAt, event.ttlMs === undefined ? null : event.createdAt],
    ...[options, metadata, payload],
  );
}

/** Removes the event, and returns what was published. */
export function takeEvent(connection: SqliteConnection, seq: number): EventRow {
  const sql = `SELECT ${EVENT_COLUMNS} FROM @events e WHERE e.seq = ?`;
  const event = connection.get<EventRow>(sql, seq) as EventRow;
  removeEvent(connection, seq);
  return event;
}

export function removeEvent(connection: SqliteConnection, seq: number): void {
  connection.run('DELETE FROM @events WHERE seq = ?', seq);
}

export function metadataOf({ metadata }: Pick<EventRow, 'metadata'>): Metadata | null {
  return metadata === null ? null : (valueOfText(metadata) as Metadata);
}

type DescribedEvent = Pick<NewEvent, 'eventId' | 'channel' | 'createdAt' | 'key'> & KeptOptions;

/** The event of a row without its payload. */
export function describedEvent(
  queue: string,
  row: Pick<StoredRow, 'key' | 'eventId' | 'createdAt' | 'options'>,
): DescribedEvent {
  const { key, eventId, createdAt, options } = row;
  const kept = keptOptions(options);
  const described = { eventId: idOf(eventId), channel: queue, createdAt, ...kept };
  return key === null ? described : { ...described, key: idOf(key) };
}

export function messageOfRow(queue: string, row: StoredRow, leased: Leased): EventMessage {
  const described = describedEvent(queue, row);
  return messageOf(
    { ...described, payload: valueOfText(row.payload), metadata: metadataOf(row) },
    leased,
  );
}
