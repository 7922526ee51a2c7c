import type { DeadReason } from '../../core/events/death-reason.ts';
import { bury, expire, isExpired, type Leased, takeLease } from '../../core/events/lifecycle.ts';
import { DueEvents } from '../../queue/due-events.ts';
import { isBlocked } from '../../queue/event-shapes.ts';
import type { Claim, ClaimRequest } from '../../queue/event-store.ts';
import { isRetry } from '../../queue/split-claim.ts';
import { idOf } from '../../queue/written-id.ts';
import { type DueRow, type LastLevels, readDue } from './due-rows.ts';
import { keptOptions, messageOfRow, type StoredRow } from './event-rows.ts';
import {
  LEASED,
  type LeasedAt,
  leasedOf,
  PLACE_COLUMNS,
  PLACED,
  type PlaceRow,
  RETRY,
  SCHEDULED,
  waitingOf,
} from './places.ts';
import type { Settler, SettlerParts } from './settler.ts';
import type { StoreClock } from './store-clock.ts';

export interface ClaimerParts extends SettlerParts {
  readonly clock: StoreClock;
  readonly settler: Settler;
  /** Names this context in the rows of its leases. */
  readonly owner: string;
}

/** Where a claim of a queue is to look, and what its turn is. */
interface QueueState {
  /** Holds rows only during a claim. Between two claims it has the turns of retries and of the oldest events. */
  readonly due: DueEvents<DueRow>;
  /** Whether the last claim found an event, so that the next one probably does. */
  wasFound: boolean;
}

/** What a queue has, and when it has more. Null where there is none. */
interface Outlook extends LastLevels {
  /** The first due time. */
  readonly scheduled: number | null;
  /** The first end of a lease. */
  readonly leased: number | null;
  /** The newest fencing token that was given or reserved. */
  readonly lease: number;
}

// Constants, so that no call puts them together again.
const OUTLOOK = `SELECT
  (SELECT max(rank) FROM @places WHERE queue = ? AND place = ${PLACED}) AS placed,
  (SELECT max(rank) FROM @places WHERE queue = ? AND place = ${RETRY}) AS retry,
  (SELECT min(rank) FROM @places WHERE queue = ? AND place = ${SCHEDULED}) AS scheduled,
  (SELECT min(rank) FROM @places WHERE queue = ? AND place = ${LEASED}) AS leased,
  (SELECT lease FROM @state WHERE id = 1) AS lease`;
const LEASE = `UPDATE @places SET place = ${LEASED}, rank = ?, lease = ?, attempts = attempts + 1,
  max_attempts = ?, since = ?, owner = ? WHERE queue = ? AND place = ? AND rank = ? AND seq = ?`;

interface LeasedRow {
  readonly row: StoredRow;
  readonly leased: Leased;
}

/** Leases due events. */
export class Claimer {
  readonly #parts: ClaimerParts;
  readonly #queues = new Map<string, QueueState>();

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  claim(request: ClaimRequest): Claim {
    const { connection, clock } = this.#parts;
    const { channel: queue } = request;
    const now = clock.now();
    const state = this.#stateOf(queue);
    if (!state.wasFound) {
      // An idle consumer takes no lock.
      const nextDueAt = nextDueAtOf(connection.read(() => this.#outlook(queue)));
      if (nextDueAt === null || nextDueAt > now) return { messages: [], nextDueAt };
    }
    const claim = connection.write(() => this.#claim(request, state.due, now));
    state.wasFound = claim.messages.length > 0;
    return claim;
  }

  /** Moves the scheduled events whose time has come. Only inside a write. */
  promote(queue: string, now: number): void {
    this.#parts.connection.run(
      `UPDATE @places SET rank = level,
       place = CASE WHEN attempts > 0 OR last_error IS NOT NULL THEN ${RETRY} ELSE ${PLACED} END
       WHERE queue = ? AND place = ${SCHEDULED} AND rank <= ?`,
      ...[queue, now],
    );
  }

  /** Makes the waiting retries due, those of one `reason` only if it is given. Returns their number. Only inside a write. */
  retryNow(queue: string, now: number, reason: 'offline' | undefined): number {
    this.promote(queue, now);
    const { connection } = this.#parts;
    const retries = connection
      .all<PlaceRow>(
        `SELECT ${PLACE_COLUMNS} FROM @places p WHERE p.queue = ? AND p.place = ${SCHEDULED}`,
        queue,
      )
      .filter((row) => isRetry(waitingOf(row), reason));
    for (const row of retries)
      connection.run(
        `UPDATE @places SET place = ${RETRY}, rank = level, available_at = ?, since = NULL
         WHERE queue = ? AND place = ${SCHEDULED} AND rank = ? AND seq = ?`,
        ...[now, queue, row.rank, row.seq],
      );
    return retries.length;
  }

  #stateOf(queue: string): QueueState {
    const known = this.#queues.get(queue);
    if (known) return known;
    const state = { due: new DueEvents<DueRow>(), wasFound: false };
    this.#queues.set(queue, state);
    return state;
  }

  #outlook(queue: string): Outlook {
    const queues = [queue, queue, queue, queue];
    return this.#parts.connection.get<Outlook>(OUTLOOK, ...queues) as Outlook;
  }

  #claim(request: ClaimRequest, due: DueEvents<DueRow>, now: number): Claim {
    const { channel: queue } = request;
    const rows = this.#leaseDue(request, due, now);
    if (rows.length === 0) return { messages: [], nextDueAt: nextDueAtOf(this.#outlook(queue)) };
    rows.sort((a, b) => a.row.level - b.row.level || a.row.seq - b.row.seq);
    return {
      messages: rows.map(({ row, leased }) => messageOfRow(queue, row, leased)),
      places: rows.map(({ row, leased }): LeasedAt => {
        const { seq, key } = row;
        return { queue, seq, key, hasResult: hasResult(row), expiresAt: leased.leaseExpiresAt };
      }),
      nextDueAt: null,
    };
  }

  /**
   * What the queue has once the lapsed leases are taken back and the scheduled events whose time has come are due. A key of an
   * event that dies lets the next event go.
   */
  #currentOutlook(queue: string, now: number): Outlook {
    let outlook = this.#outlook(queue);
    if (outlook.leased !== null && outlook.leased <= now) {
      this.#expireLeases(queue, now);
      outlook = this.#outlook(queue);
    }
    if (outlook.scheduled === null || outlook.scheduled > now) return outlook;
    this.promote(queue, now);
    return this.#outlook(queue);
  }

  /** Leases up to `limit` due rows. Those before them that are not to be delivered become dead letters. */
  #leaseDue(request: ClaimRequest, due: DueEvents<DueRow>, now: number): LeasedRow[] {
    const { channel: queue, limit } = request;
    let outlook = this.#currentOutlook(queue, now);
    const { connection, clock } = this.#parts;
    const taken: LeasedRow[] = [];
    let lease: number | undefined;
    for (let isMore = true; isMore && taken.length < limit; ) {
      const rows = readDue(connection, queue, limit - taken.length, due, outlook);
      isMore = false;
      for (const row of rows) {
        const reason = reasonToBury(row, now);
        if (reason) {
          this.#bury(queue, row, reason, now);
          isMore = true;
        } else {
          lease ??= clock.nextLease(outlook.lease, now);
          const leased = takeLease(waitingOf(row), { ...request, lease }, now);
          this.#lease(queue, row, leased, now);
          taken.push({ row, leased });
        }
      }
      if (isMore) outlook = this.#outlook(queue);
    }
    return taken;
  }

  /** The next event of its key may be due, too. */
  #bury(queue: string, row: StoredRow, reason: DeadReason, now: number): void {
    this.#parts.settler.bury(queue, row, bury(waitingOf(row), reason, now));
    if (row.key !== null) this.promote(queue, now);
  }

  #lease(queue: string, row: PlaceRow, leased: Leased, now: number): void {
    this.#parts.connection.run(
      LEASE,
      ...[leased.leaseExpiresAt, leased.lease, leased.maxAttempts, now, this.#parts.owner],
      ...[queue, row.place, row.rank, row.seq],
    );
  }

  #expireLeases(queue: string, now: number): void {
    const { connection, report, settler } = this.#parts;
    const rows = connection.all<PlaceRow>(
      `SELECT ${PLACE_COLUMNS} FROM @places p
       WHERE p.queue = ? AND p.place = ${LEASED} AND p.rank <= ? ORDER BY p.rank, p.seq`,
      ...[queue, now],
    );
    for (const row of rows) {
      const { lease } = row;
      report({ type: 'lease-lost', channel: queue, eventId: idOf(row.eventId), lease });
      settler.place(queue, row, expire(leasedOf(row), now), now);
    }
  }
}

function hasResult({ options }: StoredRow): boolean {
  return options !== null && keptOptions(options).retentionMs !== undefined;
}

/** Why a due event is not to be delivered. */
function reasonToBury({ options, ttlBegins }: StoredRow, now: number): DeadReason | undefined {
  if (options === null) return undefined;
  const kept = keptOptions(options);
  if (isBlocked(kept)) return 'blocked';
  return isExpired(ttlBegins ?? 0, kept.ttlMs, now) ? 'expired' : undefined;
}

/** When an event can be claimed. Minus infinity if one is due, null if none is known to come. */
function nextDueAtOf({ placed, retry, scheduled, leased }: Outlook): number | null {
  if (placed !== null || retry !== null) return Number.NEGATIVE_INFINITY;
  if (scheduled === null || leased === null) return scheduled ?? leased;
  return Math.min(scheduled, leased);
}
