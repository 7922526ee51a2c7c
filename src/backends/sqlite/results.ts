import type { KeptResult } from '../../core/events/event-result.ts';
import type { Death } from '../../core/events/lifecycle.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { COPY_IN } from '../../queue/isolation.ts';
import { textOfId } from '../../queue/written-id.ts';
import { textOf } from '../../queue/written-value.ts';
import type { SqliteConnection } from './connection.ts';
import type { Dependents } from './dependents.ts';
import { type EventRow, keptOptions, resultOfText } from './event-rows.ts';
import type { LeasedAt, PlaceRow } from './places.ts';

interface WrittenEnd {
  /** JSON of the result without its id and its reply. */
  readonly result: string;
  /** A text of written-value.ts. */
  readonly reply: string | null;
}

/** An acknowledged event that is kept. */
export interface AcknowledgedRow extends EventRow, WrittenEnd {
  readonly number: number;
  readonly eventId: string;
  readonly key: string | null;
  readonly until: number;
}

/** An event that has ended. Its id and its key are stored texts. */
type EndedEvent = Pick<PlaceRow, 'eventId' | 'key'> & EventRow;

/** How many ended retentions each new result forgets. More than one, so that their number falls. */
const FORGOTTEN_AT_ONCE = 4;

const PENDING = JSON.stringify({ state: 'pending' });
const UNKNOWN = JSON.stringify({ state: 'unknown' });

/** The results of events that have a `retentionMs`. The end of one lets the events go that wait for it. */
export class Results {
  readonly #connection: SqliteConnection;
  readonly #dependents: Dependents;

  constructor(connection: SqliteConnection, dependents: Dependents) {
    this.#connection = connection;
    this.#dependents = dependents;
  }

  /** The event is stored. Only inside a write, as the next four. */
  begin(queue: string, eventId: string): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO @results (queue, event_id, result) VALUES (?, ?, ?)',
      ...[queue, eventId, PENDING],
    );
  }

  /** `reply`: a text of written-value.ts, or null without a reply. */
  acknowledge(
    queue: string,
    event: EndedEvent & Pick<PlaceRow, 'attempts'>,
    reply: string | null,
    now: number,
  ): void {
    const { attempts } = event;
    this.#end(queue, event, { state: 'acknowledged', attempts, acknowledgedAt: now }, now, reply);
  }

  die(queue: string, event: EndedEvent, death: Death): void {
    this.#end(queue, event, death, death.diedAt);
  }

  cancel(queue: string, event: EndedEvent, now: number): void {
    this.#end(queue, event, { state: 'cancelled', cancelledAt: now }, now);
  }

  /** Lets the events go that wait for this one, if it has ended or is unknown. */
  letGoAfter(queue: string, after: string, now: number): void {
    const row = this.#find(queue, after, now);
    if (row?.result !== PENDING)
      this.#dependents.letGo(queue, textOfId(after), row?.result ?? UNKNOWN, row?.reply ?? null);
  }

  read(queue: string, eventIds: readonly string[], now: number): (KeptResult | undefined)[] {
    return eventIds.map((eventId) => {
      const row = this.#find(queue, eventId, now);
      if (!row) return undefined;
      return resultOfText({ eventId, ...JSON.parse(row.result), reply: row.reply }) as KeptResult;
    });
  }

  /** The acknowledged events with a number in the range, in the order of their ends. */
  acknowledged(
    queue: string,
    limit: number,
    range: readonly [after: number, until: number],
    now: number,
  ): AcknowledgedRow[] {
    return this.#connection.all<AcknowledgedRow>(
      `SELECT number, event_id AS eventId, key, until, result, reply, created_at AS createdAt, NULL AS ttlBegins,
       options, metadata, payload FROM @results
       WHERE queue = ? AND payload IS NOT NULL AND number > ? AND number <= ? AND until > ?
       ORDER BY number LIMIT (? + 0)`,
      ...[queue, ...range, now, limit],
    );
  }

  #find(queue: string, eventId: string, now: number): WrittenEnd | undefined {
    return this.#connection.get<WrittenEnd>(
      'SELECT result, reply FROM @results WHERE queue = ? AND event_id = ? AND (until IS NULL OR until > ?)',
      ...[queue, textOfId(eventId), now],
    );
  }

  #end(
    queue: string,
    event: EndedEvent,
    result: object,
    now: number,
    reply: string | null = null,
  ): void {
    const { eventId, key, createdAt, options, metadata, payload } = event;
    const { retentionMs } = keptOptions(options);
    if (!retentionMs) return;
    const connection = this.#connection;
    connection.run(
      `DELETE FROM @results WHERE number IN
       (SELECT number FROM @results WHERE until <= ? ORDER BY until LIMIT ${FORGOTTEN_AT_ONCE})`,
      now,
    );
    const text = JSON.stringify(result);
    const isAcknowledged = 'acknowledgedAt' in result;
    connection.run(
      `INSERT OR REPLACE INTO @results
       (queue, event_id, until, result, reply, key, created_at, options, metadata, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[queue, eventId, now + retentionMs, text, reply, key, createdAt],
      ...(isAcknowledged ? [options, metadata, payload] : [null, null, null]),
    );
    this.#dependents.letGo(queue, eventId, text, reply);
  }
}

/** The request with the text of its reply, or without a reply that is not kept. Error: `not-cloneable`. */
export function writtenRequest(request: SettleRequest): SettleRequest {
  const { command } = request;
  if (command.verb !== 'ack' || command.reply === undefined) return request;
  const at = 'place' in request ? (request.place as LeasedAt | undefined) : undefined;
  if (at && !at.hasResult) return { ...request, command: { verb: 'ack' } };
  const channel = request.channel ?? '';
  const reply = textOf(COPY_IN.clone(command.reply, 'reply', channel), 'reply', channel);
  return { ...request, command: { verb: 'ack', reply } };
}
