import { CLOCK_TOLERANCE_MS } from '../../core/runtime/clock-shift.ts';
import { elapsedMs, type Runtime } from '../../core/runtime/runtime.ts';
import type { Database } from './database.ts';
import { HELD, IS_HELD, timeOf } from './sql-parts.ts';

const NOW = timeOf('$1::text::bigint');
const AHEAD = `${NOW} + interval '${CLOCK_TOLERANCE_MS} milliseconds'`;
const BEGINS = "d.ends_at - d.ttl_ms * interval '1 millisecond'";

/**
 * Shortens what was computed by a clock that was ahead: the given leases, by milliseconds, and delays and times to live, which begin
 * again. Values: the time, the leases, the milliseconds.
 */
const FOLLOW = `WITH given AS (SELECT * FROM jsonb_to_recordset($2::text::jsonb) AS g(id text, lease int)),
  leases AS (UPDATE @events q SET lease_expires_at = q.lease_expires_at - $3::text::bigint * interval '1 millisecond'
    FROM given g WHERE q.event_id = g.id AND q.attempts = g.lease AND q.status = 'leased'),
  changed AS (UPDATE @details d SET
      due_at = CASE WHEN d.since > ${AHEAD} THEN d.due_at - (d.since - ${NOW}) ELSE d.due_at END,
      since = CASE WHEN d.since > ${AHEAD} THEN ${NOW} ELSE d.since END,
      ends_at = CASE WHEN ${BEGINS} > ${AHEAD} THEN ${NOW} + (d.ends_at - (${BEGINS})) ELSE d.ends_at END
    WHERE d.since > ${AHEAD} OR ${BEGINS} > ${AHEAD} RETURNING d.event_id, d.due_at, d.since)
  UPDATE @events q SET available_at = c.due_at FROM changed c
  WHERE q.event_id = c.event_id AND q.status = 'pending' AND c.since IS NOT NULL AND q.available_at < ${HELD}`;

/** What was due at once when it was published is due by the new clock, too. Value: the time. */
const FOLLOW_DUE = `WITH held AS (UPDATE @details d SET due_at = ${NOW} FROM @events q
    WHERE ${IS_HELD} AND q.event_id = d.event_id AND d.since IS NULL AND d.due_at <= q.created_at AND d.due_at > ${NOW})
  UPDATE @events q SET available_at = ${NOW} WHERE q.status IN ('pending', 'leased')
  AND q.available_at <= q.created_at AND q.available_at > ${NOW}
  AND NOT EXISTS (SELECT 1 FROM @details d WHERE d.event_id = q.event_id AND d.since IS NOT NULL)`;

/** The clock of the store. When it was set back, no lease and no delay lasts longer than asked for. */
export class StoreClock {
  readonly #runtime: Runtime;
  readonly #database: Database;
  /** The leases that this context holds, as far as it knows. */
  readonly #leases = new Map<string, number>();
  /** The last time that was read, and the milliseconds that had passed then, by a clock that is never set. */
  #last: { readonly now: number; readonly elapsed: number } | undefined;
  #following: Promise<void> | undefined;

  constructor(runtime: Runtime, database: Database) {
    this.#runtime = runtime;
    this.#database = database;
  }

  /** The present time. Resolves when the tables have followed a clock that was set back. */
  async now(): Promise<number> {
    const now = this.#runtime.now();
    const elapsed = elapsedMs(this.#runtime);
    const { last = { now, elapsed } } = { last: this.#last };
    const aheadMs = Math.round(last.now + (elapsed - last.elapsed) - now);
    this.#last = { now, elapsed };
    if (aheadMs > CLOCK_TOLERANCE_MS) this.#following = this.#follow(now, aheadMs);
    if (this.#following) await this.#following;
    return now;
  }

  /** A lease was taken. */
  hold(id: string, lease: number): void {
    this.#leases.set(id, lease);
  }

  /** A lease has ended. */
  release(id: string, lease: number): void {
    if (this.#leases.get(id) === lease) this.#leases.delete(id);
  }

  async #follow(now: number, aheadMs: number): Promise<void> {
    const leases = [...this.#leases].map(([id, lease]) => ({ id, lease }));
    try {
      await this.#database.run(FOLLOW, [now, JSON.stringify(leases), aheadMs]);
      await this.#database.run(FOLLOW_DUE, [now]);
    } finally {
      this.#following = undefined;
    }
  }
}
