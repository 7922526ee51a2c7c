import { checkFencingToken } from '../../core/events/fencing-token.ts';
import { type Death, type Outcome, settle } from '../../core/events/lifecycle.ts';
import type { Settlement } from '../../core/events/message.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { SettleRequest } from '../../queue/event-store.ts';
import { idOf, textOfId } from '../../queue/written-id.ts';
import type { SqliteConnection } from './connection.ts';
import type { DeadLetters } from './dead-letters.ts';
import { keptOptions, removeEvent, takeEvent } from './event-rows.ts';
import type { KeyLines } from './key-lines.ts';
import {
  LEASED,
  type LeasedAt,
  leasedOf,
  PLACE_COLUMNS,
  type PlaceRow,
  removePlace,
  returnPlace,
} from './places.ts';
import type { Results } from './results.ts';

export interface SettlerParts {
  readonly connection: SqliteConnection;
  readonly lines: KeyLines;
  readonly dead: DeadLetters;
  readonly results: Results;
  /** Called inside a write. The report goes out after its commit. */
  readonly report: (event: ObserverEvent) => void;
}

const ACKNOWLEDGE = `DELETE FROM @places
  WHERE queue = ? AND place = ${LEASED} AND rank = ? AND seq = ? AND lease = ?`;

/** Ends leases. Every method is called inside a write. */
export class Settler {
  readonly #parts: SettlerParts;

  constructor(parts: SettlerParts) {
    this.#parts = parts;
  }

  /** The reply of a command is a text, see {@link writtenRequest}. */
  settle(request: SettleRequest, now: number): Settlement {
    const at = 'place' in request ? (request.place as LeasedAt) : undefined;
    const isPlainAck = at && !at.hasResult && request.command.verb === 'ack';
    if (isPlainAck && this.#acknowledge(at, request.lease)) return 'ok';
    const found = this.#find(request, at);
    const isLeased = found?.row.place === LEASED;
    const state = found && (isLeased ? leasedOf(found.row) : ('waiting' as const));
    const settlement = checkFencingToken(state, request.lease);
    if (settlement !== 'ok' || !found || state === undefined || state === 'waiting')
      return settlement;
    const outcome = settle(state, request.command, now);
    this.place(found.queue, found.row, outcome, now);
    if (at && outcome.state === 'leased') at.expiresAt = outcome.leaseExpiresAt;
    return 'ok';
  }

  /** Puts a leased event in the place that `outcome` requires. */
  place(queue: string, row: PlaceRow, outcome: Outcome, now: number): void {
    const { connection, lines, results } = this.#parts;
    switch (outcome.state) {
      case 'leased':
        connection.run(
          `UPDATE @places SET rank = ?, since = ? WHERE queue = ? AND place = ${LEASED} AND rank = ? AND seq = ?`,
          ...[outcome.leaseExpiresAt, now, queue, row.rank, row.seq],
        );
        return;
      case 'ready':
      case 'scheduled':
        return returnPlace(connection, queue, row, outcome, now);
      case 'acknowledged':
        removePlace(connection, queue, row);
        results.acknowledge(
          queue,
          { ...row, ...takeEvent(connection, row.seq) },
          (outcome.reply as string | undefined) ?? null,
          now,
        );
        if (row.key !== null) lines.goOn(queue, row.key);
        return;
      case 'dead':
        return this.bury(queue, row, outcome);
      default:
        return outcome satisfies never;
    }
  }

  /** Makes a dead letter of an event that lies in a place. */
  bury(queue: string, row: PlaceRow, death: Death): void {
    const { connection, dead, lines, report, results } = this.#parts;
    const { key } = row;
    removePlace(connection, queue, row);
    const event = { ...row, ...takeEvent(connection, row.seq) };
    const dropped = dead.add(queue, event, death);
    results.die(queue, event, death);
    if (key !== null) {
      if (keptOptions(event.options).onDeadLetter === 'block') lines.block(queue, key);
      else lines.goOn(queue, key);
    }
    const { reason, attempts } = death;
    const eventId = idOf(row.eventId);
    report({ type: 'dead-lettered', channel: queue, eventId, reason, attempts });
    if (dropped > 0) report({ type: 'dead-letters-dropped', channel: queue, count: dropped });
  }

  /** Removes an event whose lease is at the known place. Returns whether it was there. */
  #acknowledge({ queue, seq, key, expiresAt }: LeasedAt, lease: number): boolean {
    const { connection, lines } = this.#parts;
    const removed = connection.run(ACKNOWLEDGE, ...[queue, expiresAt, seq, lease]);
    if (removed === 0) return false;
    removeEvent(connection, seq);
    if (key !== null) lines.goOn(queue, key);
    return true;
  }

  /** The event of a request that was delivered at least once. */
  #find(
    { eventId, channel, lease }: SettleRequest,
    at: LeasedAt | undefined,
  ): { readonly queue: string; readonly row: PlaceRow } | undefined {
    const id = textOfId(eventId);
    const queues = channel === undefined ? this.queues() : [channel];
    const found = at && this.#rowAt(at, id);
    if (found) return { queue: at.queue, row: found };
    let waiting: { readonly queue: string; readonly row: PlaceRow } | undefined;
    for (const queue of queues) {
      const rows = this.#rowsOf(queue, id);
      const row = rows.find((one) => one.lease === lease) ?? rows[0];
      if (row?.lease === lease) return { queue, row };
      if (row) waiting ??= { queue, row };
    }
    return waiting;
  }

  #rowAt({ queue, expiresAt, seq }: LeasedAt, id: string): PlaceRow | undefined {
    const row = this.#parts.connection.get<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p
       WHERE p.queue = ? AND p.place = ${LEASED} AND p.rank = ? AND p.seq = ?`,
      ...[queue, expiresAt, seq],
    );
    return row?.eventId === id ? row : undefined;
  }

  /** The delivered events of this id. Those that are leased come first, because they are few. */
  #rowsOf(queue: string, id: string): readonly PlaceRow[] {
    const { connection } = this.#parts;
    const leased = connection.all<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p WHERE p.queue = ? AND p.place = ${LEASED} AND p.event_id = ?`,
      ...[queue, id],
    );
    if (leased.length > 0) return leased;
    return connection.all<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p
       WHERE p.queue = ? AND p.place < ${LEASED} AND p.event_id = ? AND p.lease > 0 LIMIT 1`,
      ...[queue, id],
    );
  }

  /** The queues in which events lie. */
  queues(): string[] {
    return this.#parts.connection
      .all<{ queue: string }>(
        `WITH RECURSIVE found(queue) AS (
           SELECT min(queue) FROM @places
           UNION ALL SELECT (SELECT min(queue) FROM @places WHERE queue > found.queue)
           FROM found WHERE found.queue IS NOT NULL)
         SELECT queue FROM found WHERE queue IS NOT NULL`,
      )
      .map(({ queue }) => queue);
  }
}
