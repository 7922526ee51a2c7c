/** Parts of statements. Times are `bigint` epoch milliseconds outside of the tables. */

/** The time of an expression of milliseconds. */
export function timeOf(ms: string): string {
  return `('epoch'::timestamptz + (${ms}) * interval '1 millisecond')`;
}

/** The time of an expression of microseconds. */
export function timeOfMicros(us: string): string {
  return `('epoch'::timestamptz + (${us}) * interval '1 microsecond')`;
}

/** The milliseconds of a time, rounded down, as `bigint`. */
export function msOf(time: string): string {
  return `floor((extract(epoch FROM ${time}) * 1000000)::bigint / 1000.0)::bigint`;
}

/** The results that a statement writes. */
export const PENDING: string = JSON.stringify({ state: 'pending' });
export const UNKNOWN: string = JSON.stringify({ state: 'unknown' });
export function cancelledAt(ms: string): string {
  return `json_build_object('state', 'cancelled', 'cancelledAt', ${ms})::text`;
}

/** When a row of the queue table is due that waits for another event: later than any clock shows, so that no consumer takes it. */
export const HELD: string = timeOf('253370764800000');

/** Of the details `d`: the event waits for another one. */
export const IS_HELD = '(d.after_id IS NOT NULL AND d.after_result IS NULL)';

/** The present time, which is the second value of a statement. */
export const NOW: string = timeOf('$2::text::bigint');

/** Of a row `q` of the queue table: it waits and is due, or its lease has expired. The channel is the first value. */
export const DUE: string = `q.channel = $1::text AND q.available_at <= ${NOW} AND q.status IN ('pending', 'leased')
  AND (q.status = 'pending' OR q.lease_expires_at IS NULL OR q.lease_expires_at <= ${NOW})`;

/** Of a due row `q` with the details `d`: it may be delivered once more. */
export const ALIVE: string = `coalesce(d.ends_at > ${NOW}, true)
  AND NOT (q.status = 'leased' AND d.last_lease IS NOT NULL AND d.last_lease = q.attempts)`;

/** Of the details `d`: no earlier event of its key is left, and the key is not blocked. */
export const FIRST_OF_KEY = `(d.key IS NULL OR (NOT EXISTS (SELECT 1 FROM @details e
    JOIN @events f ON f.event_id = e.event_id AND f.status IN ('pending', 'leased')
    WHERE e.channel = d.channel AND e.key = d.key AND e.position < d.position)
  AND NOT EXISTS (SELECT 1 FROM @keys k WHERE k.channel = d.channel AND k.key = d.key)))`;

/** Of the details `d`: the event has a priority, or is due again after a delay. */
export const SPECIAL = '(d.retry OR d.priority <> 0)';
