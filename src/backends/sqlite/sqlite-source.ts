import type { AcknowledgedResult } from '../../core/events/event-result.ts';
import type { ChannelStats } from '../../core/events/message.ts';
import { groupOfQueue } from '../../core/options/queue-name.ts';
import type { BrowsedEvent, BrowsedPage, ChannelsPage } from '../../core/protocols/browsed-page.ts';
import {
  type BrowseCursor,
  cursorOfText,
  firstCursor,
  type Place,
  textOfCursor,
} from '../../queue/browse-cursor.ts';
import { browsedLetter } from '../../queue/browsed-letter.ts';
import type { BrowseRequest, InspectionSource } from '../../queue/inspection-source.ts';
import type { ChangeWatch } from '../../queue/notifier.ts';
import { valueOfText } from '../../queue/written-value.ts';
import { letterOf } from './dead-letters.ts';
import { describedEvent, EVENT_COLUMNS, metadataOf, type StoredRow } from './event-rows.ts';
import type { HintNotifier } from './hint-notifier.ts';
import { failureOf, LEASED, PLACE_COLUMNS, RETRY, SCHEDULED } from './places.ts';
import type { AcknowledgedRow } from './results.ts';
import type { SqliteStore } from './sqlite-store.ts';

const FOUND = `${PLACE_COLUMNS}, ${EVENT_COLUMNS}`;
const PLACES = '@places p CROSS JOIN @events e ON e.seq = p.seq WHERE p.queue = ?';

/** A held event as a row of the places. */
const HELD = `SELECT h.place, h.available_at AS rank, h.seq, h.event_id AS eventId, 0 AS level, nullif(h.key, '') AS key,
  h.available_at AS availableAt, h.since, 0 AS attempts, NULL AS lastError, 0 AS lease,
  NULL AS maxAttempts, NULL AS owner, ${EVENT_COLUMNS}
  FROM @held h CROSS JOIN @events e ON e.seq = h.seq WHERE h.queue = ?`;

/** Reads the store without leases. A page of ready events costs time in proportion to the backlog of its channel. */
export class SqliteSource implements InspectionSource {
  readonly #store: SqliteStore;
  readonly #notifier: HintNotifier;

  constructor(store: SqliteStore, notifier: HintNotifier) {
    this.#store = store;
    this.#notifier = notifier;
  }

  browse(request: BrowseRequest): BrowsedPage {
    const { state, after, channel } = request;
    const given = cursorOfText(state, after);
    this.#store.groups.requireQueue(channel);
    const { connection, runtime } = this.#store;
    return connection.read(() => {
      const cursor = given ?? firstCursor(runtime.now(), this.#lastOrder(request));
      if (state === 'dead') return this.#deadPage(request, cursor);
      if (state === 'acknowledged') return this.#acknowledgedPage(request, cursor);
      return pageOf(request, cursor, this.#rowsAfter(request, cursor));
    });
  }

  channels(limit: number, after: string): ChannelsPage {
    const channels: { readonly channel: string; readonly stats: ChannelStats }[] = [];
    let last = after;
    for (let channel = this.#queueAfter(last); channel; channel = this.#queueAfter(channel)) {
      if (groupOfQueue(channel) !== undefined) continue;
      if (channels.length === limit) return { channels, after: last };
      channels.push({ channel, stats: this.#store.stats(channel) });
      last = channel;
    }
    return { channels };
  }

  stats(channel: string): ChannelStats {
    return this.#store.stats(channel);
  }

  nextDueAt(channel: string): number | null {
    const { connection, runtime } = this.#store;
    const row = connection.read(() =>
      connection.get<{ dueAt: number | null }>(
        `SELECT min(dueAt) AS dueAt FROM (
         SELECT min(rank) AS dueAt FROM @places WHERE queue = ? AND place = ${SCHEDULED} AND rank > ?
         UNION ALL SELECT min(available_at) FROM @held WHERE queue = ? AND available_at > ?)`,
        ...[channel, runtime.now(), channel, runtime.now()],
      ),
    );
    return row?.dueAt ?? null;
  }

  watch(channel: string, onChange: () => void): ChangeWatch {
    return this.#notifier.watch(channel, onChange);
  }

  /** The greatest order that the first page may show. */
  #lastOrder({ channel, state }: BrowseRequest): number {
    const { connection } = this.#store;
    const lastIn = (sql: string, ...given: string[]) =>
      connection.get<{ last: number | null }>(sql, ...given)?.last ?? 0;
    if (state === 'dead')
      return lastIn('SELECT max(number) AS last FROM @dead WHERE queue = ?', channel);
    if (state === 'acknowledged') return lastIn('SELECT max(number) AS last FROM @results');
    return lastIn('SELECT max(seq) AS last FROM @events');
  }

  #rowsAfter({ channel, state, limit }: BrowseRequest, cursor: BrowseCursor): StoredRow[] {
    const { connection, runtime } = this.#store;
    const now = runtime.now();
    const { since, until, place } = cursor;
    const [, dueAt, order] = place;
    const range = [order, until] as const;
    if (state === 'leased')
      return connection.all<StoredRow>(
        `SELECT ${FOUND} FROM ${PLACES} AND p.place = ${LEASED} AND p.seq > ? AND p.seq <= ?
         ORDER BY p.seq LIMIT (? + 0)`,
        ...[channel, ...range, limit + 1],
      );
    if (state === 'scheduled')
      // An event that was scheduled again after the first page is left out, because that page may have shown it.
      return connection.all<StoredRow>(
        `SELECT * FROM (SELECT ${FOUND} FROM ${PLACES} AND p.place = ${SCHEDULED} UNION ALL ${HELD})
         WHERE rank > ? AND (rank, seq) > (?, ?) AND seq <= ? AND coalesce(since, ?) <= ?
         ORDER BY rank, seq LIMIT (? + 0)`,
        ...[channel, channel, now, dueAt, order, until, since, since, limit + 1],
      );
    // The third column is the order.
    return connection.all<StoredRow>(
      `SELECT ${FOUND} FROM ${PLACES} AND (p.place <= ${RETRY} OR p.place = ${SCHEDULED} AND p.rank <= ?)
       AND p.seq > ? AND p.seq <= ? UNION ALL ${HELD}
       AND h.available_at <= ? AND h.seq > ? AND h.seq <= ? ORDER BY 3 LIMIT (? + 0)`,
      ...[channel, now, ...range, channel, now, ...range, limit + 1],
    );
  }

  #deadPage({ channel, limit, payload }: BrowseRequest, cursor: BrowseCursor): BrowsedPage {
    const { until, place } = cursor;
    const rows = this.#store.dead.rows(channel, limit + 1, place[2], until);
    const shown = rows.slice(0, limit);
    const events = shown.map((row) => browsedLetter(letterOf(channel, row), payload));
    const last = shown.at(-1);
    if (rows.length <= limit || !last) return { events };
    return { events, after: textOfCursor('dead', { ...cursor, place: [0, 0, last.number, 0] }) };
  }

  #acknowledgedPage({ channel, limit, payload }: BrowseRequest, cursor: BrowseCursor): BrowsedPage {
    const { kept, runtime } = this.#store;
    const range = [cursor.place[2], cursor.until] as const;
    const rows = kept.acknowledged(channel, limit + 1, range, runtime.now());
    const shown = rows.slice(0, limit);
    const events = shown.map((row) => browsedResult(channel, row, payload));
    const last = shown.at(-1);
    if (rows.length <= limit || !last) return { events };
    const place: Place = [0, 0, last.number, 0];
    return { events, after: textOfCursor('acknowledged', { ...cursor, place }) };
  }

  #queueAfter(after: string): string | undefined {
    const { connection } = this.#store;
    const row = connection.read(() =>
      connection.get<{ queue: string | null }>(
        `SELECT min(queue) AS queue FROM (
         SELECT (SELECT min(queue) FROM @places WHERE queue > ?) AS queue
         UNION ALL SELECT (SELECT min(queue) FROM @held WHERE queue > ?)
         UNION ALL SELECT (SELECT min(queue) FROM @dead WHERE queue > ?))`,
        ...[after, after, after],
      ),
    );
    return row?.queue ?? undefined;
  }
}

function pageOf(
  request: BrowseRequest,
  cursor: BrowseCursor,
  rows: readonly StoredRow[],
): BrowsedPage {
  const { limit, state } = request;
  const shown = rows.slice(0, limit);
  const events = shown.map((row) => browsedRow(request, row));
  const last = shown.at(-1);
  if (rows.length <= limit || !last) return { events };
  const dueAt = state === 'scheduled' ? last.rank : 0;
  const place: Place = [0, dueAt, last.seq, 0];
  return { events, after: textOfCursor(state, { ...cursor, place }) };
}

function browsedRow({ channel, state, payload }: BrowseRequest, row: StoredRow): BrowsedEvent {
  const { attempts, availableAt, createdAt, lease, owner, rank } = row;
  const { eventId, key, priority = 0, redriven, ttlMs, after } = describedEvent(channel, row);
  return {
    ...{ eventId, channel, state },
    ...(payload && { payload: valueOfText(row.payload) }),
    ...{ metadata: metadataOf(row), createdAt, attempts },
    ...{ lastError: failureOf(row.lastError), availableAt },
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
    ...(after && { waitsFor: after.eventId }),
    ...(priority !== 0 && { priority }),
    ...(ttlMs !== undefined && { expiresAt: (row.ttlBegins ?? createdAt) + ttlMs }),
    ...(state === 'leased' && { lease, leaseExpiresAt: rank, owner }),
  };
}

function browsedResult(channel: string, row: AcknowledgedRow, isAsked: boolean): BrowsedEvent {
  const { createdAt, until, reply } = row;
  const { attempts, acknowledgedAt } = JSON.parse(row.result) as AcknowledgedResult;
  const { eventId, key, redriven } = describedEvent(channel, row);
  return {
    ...{ eventId, channel, state: 'acknowledged' },
    ...(isAsked && { payload: valueOfText(row.payload) }),
    ...(isAsked && reply !== null && { reply: valueOfText(reply) }),
    ...{ metadata: metadataOf(row), createdAt, attempts, lastError: null },
    ...{ acknowledgedAt, keptUntil: until },
    ...(redriven && { redriven }),
    ...(key !== undefined && { key }),
  };
}
