import type { ChannelStats, Metadata } from '../../core/events/message.ts';
import type {
  BrowsedEvent,
  BrowsedPage,
  ChannelCounts,
  ChannelsPage,
} from '../../core/protocols/browsed-page.ts';
import {
  type BrowseCursor,
  cursorOfText,
  firstCursor,
  textOfCursor,
} from '../../queue/browse-cursor.ts';
import { browsedLetter } from '../../queue/browsed-letter.ts';
import type { BrowseRequest, InspectionSource } from '../../queue/inspection-source.ts';
import type { ChangeWatch } from '../../queue/notifier.ts';
import {
  CHANNELS,
  LAST_ORDER,
  LEASED_PAGE,
  NEXT_DUE,
  READY_PAGE,
  SCHEDULED_PAGE,
} from './browse-sql.ts';
import { letterOf } from './dead-letters.ts';
import type { HintNotifier } from './hint-notifier.ts';
import { type AcknowledgedRow, browsedResult } from './kept-results.ts';
import type { PostgresStore } from './postgres-store.ts';
import { ACKNOWLEDGED_PAGE, LAST_RESULT } from './result-sql.ts';
import { eventOf, failureOf, type StoredRow } from './stored-event.ts';
import { readValue } from './written-event.ts';

interface BrowsedRow extends StoredRow {
  /** The times of the publish and of the due time, in microseconds. */
  readonly order: number;
  readonly dueAt: number;
  readonly leaseExpiresAt: number | null;
  readonly expiresAt: number | null;
}

/** Reads the store without leases. Counts and pages read the index of the channel's events, in proportion to its backlog. */
export class PostgresSource implements InspectionSource {
  readonly #store: PostgresStore;
  readonly #notifier: HintNotifier;

  constructor(store: PostgresStore, notifier: HintNotifier) {
    this.#store = store;
    this.#notifier = notifier;
  }

  async browse(request: BrowseRequest): Promise<BrowsedPage> {
    const { state, after, channel } = request;
    await this.#store.groups.requireQueue(channel);
    const cursor = cursorOfText(state, after) ?? (await this.#firstCursor(request));
    if (state === 'dead') return this.#deadPage(request, cursor);
    if (state === 'acknowledged') return this.#acknowledgedPage(request, cursor);
    const rows = await this.#rowsAfter(request, cursor);
    const events = rows.slice(0, request.limit).map((row) => browsedRow(request, row));
    const last = rows[request.limit - 1];
    if (rows.length <= request.limit || !last) return { events };
    const dueAt = state === 'scheduled' ? last.dueAt : 0;
    const place = [0, dueAt, last.order, last.id] as const;
    return { events, after: textOfCursor(state, { ...cursor, place }) };
  }

  async channels(limit: number, after: string): Promise<ChannelsPage> {
    const found = await this.#store.query<ChannelCounts[]>(CHANNELS, after, limit + 1);
    const channels = found.slice(0, limit);
    const last = channels.at(-1);
    return found.length > limit && last ? { channels, after: last.channel } : { channels };
  }

  stats(channel: string): Promise<ChannelStats> {
    return this.#store.stats(channel);
  }

  nextDueAt(channel: string): Promise<number | null> {
    return this.#store.query<number | null>(NEXT_DUE, channel);
  }

  watch(channel: string, onChange: () => void): ChangeWatch {
    return this.#notifier.watch(channel, onChange);
  }

  async #firstCursor({ channel, state }: BrowseRequest): Promise<BrowseCursor> {
    const { database, dead } = this.#store;
    if (state === 'dead') return firstCursor(this.#store.now(), await dead.lastNumber(channel));
    const last = state === 'acknowledged' ? LAST_RESULT : LAST_ORDER;
    return firstCursor(this.#store.now(), await database.run<number>(last, [channel]));
  }

  #rowsAfter(
    { channel, state, limit, payload }: BrowseRequest,
    { since, until, place }: BrowseCursor,
  ): Promise<BrowsedRow[]> {
    const [, dueAt, order, at] = place;
    const values = [order, String(at), until, limit + 1, String(payload)];
    if (state === 'scheduled')
      return this.#store.query<BrowsedRow[]>(SCHEDULED_PAGE, channel, ...values, dueAt, since);
    const sql = state === 'leased' ? LEASED_PAGE : READY_PAGE;
    return this.#store.query<BrowsedRow[]>(sql, channel, ...values);
  }

  async #deadPage(request: BrowseRequest, cursor: BrowseCursor): Promise<BrowsedPage> {
    const { channel, limit, payload } = request;
    const { until, place } = cursor;
    const rows = await this.#store.dead.rows(channel, limit + 1, place[2], until);
    const shown = rows.slice(0, limit);
    const events = shown.map((row) => browsedLetter(letterOf(channel, row), payload));
    const last = shown.at(-1);
    if (rows.length <= limit || !last) return { events };
    return { events, after: textOfCursor('dead', { ...cursor, place: [0, 0, last.number, 0] }) };
  }

  async #acknowledgedPage(
    { channel, limit, payload }: BrowseRequest,
    cursor: BrowseCursor,
  ): Promise<BrowsedPage> {
    const range = [cursor.place[2], cursor.until, limit + 1] as const;
    const rows = await this.#store.query<AcknowledgedRow[]>(ACKNOWLEDGED_PAGE, channel, ...range);
    const shown = rows.slice(0, limit);
    const events = shown.map((row) => browsedResult(channel, row, payload));
    const last = shown.at(-1);
    if (rows.length <= limit || !last) return { events };
    const place = [0, 0, last.number, 0] as const;
    return { events, after: textOfCursor('acknowledged', { ...cursor, place }) };
  }
}

function browsedRow({ channel, state, payload }: BrowseRequest, row: BrowsedRow): BrowsedEvent {
  const { attempts: lease, details, dueAt, expiresAt, leaseExpiresAt } = row;
  const { eventId, createdAt, key, priority = 0, redriven, after } = eventOf(row);
  return {
    ...{ eventId, channel, state },
    ...(payload && { payload: readValue(row.payload, details?.payload_form) }),
    metadata: readValue(row.metadata, details?.metadata_form) as Metadata | null,
    ...{ createdAt, attempts: lease - (details?.uncounted ?? 0) },
    ...{ lastError: failureOf(details), availableAt: Math.floor(dueAt / 1_000) },
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
    ...(after && { waitsFor: after.eventId }),
    ...(priority !== 0 && { priority }),
    ...(expiresAt !== null && { expiresAt }),
    ...(state === 'leased' && leaseExpiresAt !== null && { lease, leaseExpiresAt, owner: null }),
  };
}
