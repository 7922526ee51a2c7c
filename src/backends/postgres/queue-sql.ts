import { endResults } from './result-sql.ts';
import { cancelledAt, HELD, IS_HELD, NOW } from './sql-parts.ts';

/** Statements about a channel, which is the first value. The second value is the time. */

/** The counts of the channel of an expression. Events that wait for others count as ready, unless they are delayed as well. */
export function statsOf(channel: string): string {
  const held = `(SELECT count(*) FROM @details d WHERE d.channel = ${channel} AND ${IS_HELD} AND d.due_at <= ${NOW})`;
  return `SELECT json_build_object(
    'ready', count(*) FILTER (WHERE q.status = 'pending' AND q.available_at <= ${NOW}) + ${held},
    'leased', count(*) FILTER (WHERE q.status = 'leased'),
    'scheduled', count(*) FILTER (WHERE q.status = 'pending' AND q.available_at > ${NOW}) - ${held},
    'dead', (SELECT count(*) FROM @dead x WHERE x.channel = ${channel}))
  FROM @events q WHERE q.channel = ${channel} AND q.status IN ('pending', 'leased')`;
}

export const STATS: string = `SELECT (${statsOf('$1::text')})::text AS answer`;

/** Third value: a reason, or nothing. An error with a reason ends with it; see `optionsOf` of a nack. */
export const RETRY_NOW: string = `WITH due AS (
    UPDATE @events q SET available_at = ${NOW} FROM @details d
    WHERE d.event_id = q.event_id AND q.channel = $1::text AND q.status = 'pending' AND q.available_at > ${NOW}
    AND (q.attempts > d.uncounted OR d.last_error IS NOT NULL)
    AND q.available_at < ${HELD} AND ($3::text = '' OR d.last_error LIKE '%,"reason":"' || $3::text || '"}')
    RETURNING q.event_id),
  details AS (UPDATE @details d SET due_at = ${NOW}, since = NULL, retry = true FROM due WHERE d.event_id = due.event_id)
  SELECT count(*)::text AS answer FROM due`;

/**
 * Third value: an id. Fourth value: the hint, which is sent if the event has a result. The next event of a key may be due then. The
 * answer is `changed` if another transaction has leased or removed the event meanwhile.
 */
export const CANCEL: string = `WITH found AS (
    SELECT q.event_id, q.status FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
    WHERE q.event_id = $3::text AND d.name IS NULL AND q.channel = $1::text
    UNION ALL SELECT q.event_id, q.status FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.name = $3::text AND q.channel = $1::text),
  removed AS (DELETE FROM @events q WHERE q.status = 'pending' AND $2::text <> '' AND q.event_id = (
      SELECT event_id FROM found WHERE status = 'pending' LIMIT 1) RETURNING q.event_id),
  details AS (DELETE FROM @details d USING removed r WHERE d.event_id = r.event_id),
  ${endResults(`(SELECT $1::text AS channel, $3::text AS name, 'cancelled' AS state, ${cancelledAt('$2::text::bigint')} AS result,
    NULL AS reply, NULL::jsonb AS payload, NULL::jsonb AS metadata FROM removed)`)}
  SELECT to_json(CASE
    WHEN (SELECT found FROM let_go) IS NOT NULL AND (SELECT count(pg_notify($4::text, '')) FROM ended) > 0 THEN 'ok'
    WHEN EXISTS (SELECT 1 FROM removed) THEN 'ok'
    WHEN EXISTS (SELECT 1 FROM found WHERE status = 'leased') THEN 'stale'
    WHEN EXISTS (SELECT 1 FROM found WHERE status = 'pending') THEN 'changed' ELSE 'gone' END)::text AS answer`;

export const BLOCKED: string = `SELECT coalesce(json_agg(key ORDER BY key), '[]')::text AS answer
  FROM @keys WHERE channel = $1::text AND $2::text <> ''`;

/** Third value: a key. */
export const RELEASE: string = `WITH gone AS (DELETE FROM @keys WHERE channel = $1::text AND key = $3::text
    AND $2::text <> '' RETURNING key)
  SELECT (count(*) > 0)::text AS answer FROM gone`;
