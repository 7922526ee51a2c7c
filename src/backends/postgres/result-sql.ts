import { IS_HELD, msOf, NOW } from './sql-parts.ts';

/**
 * Two parts of a statement: `ended` writes how events ended, and `let_go` lets those go that wait for them. Only events with a
 * retention have a row. The second value is the time. `source`: rows with `channel`, `name`, `state`, `result`, `reply`, and the
 * `payload` and `metadata` of acknowledged events.
 */
export function endResults(source: string): string {
  return `ended AS (UPDATE @results r SET number = DEFAULT, until = ${NOW} + r.retention_ms * interval '1 millisecond',
      state = e.state, result = e.result, reply = e.reply, payload = e.payload, metadata = e.metadata
    FROM ${source} e WHERE r.channel = e.channel AND r.event_id = e.name
    RETURNING r.channel, r.event_id, r.state, r.result, r.reply),
  let_go AS MATERIALIZED (SELECT CASE WHEN count(*) > 0 THEN @fn_let_go(jsonb_agg(to_jsonb(ended))) END AS found FROM ended)`;
}

/** How an event ended that sqlspec has acknowledged. `q` is its row. */
export const ACKED_RESULT: string = `json_build_object('state', 'acknowledged', 'attempts', q.attempts,
  'acknowledgedAt', ${msOf('q.acknowledged_at')})`;

/** The results that are kept. Values: channel, time, JSON of ids. */
export const READ_RESULTS: string = `SELECT coalesce(json_agg(json_build_object('n', g.n, 'reply', r.reply,
    'result', CASE WHEN q.event_id IS NULL THEN r.result ELSE ${ACKED_RESULT}::text END)), '[]')::text AS answer
  FROM jsonb_array_elements_text($3::text::jsonb) WITH ORDINALITY AS g(id, n)
  JOIN @results r ON r.channel = $1::text AND r.event_id = g.id AND (r.until IS NULL OR r.until > ${NOW})
  LEFT JOIN @events q ON r.state = 'pending' AND q.event_id = r.row_id AND q.status = 'acked'`;

/** Acknowledged events in the order of their ends. Values: channel, time, the number before, the last number, the most events. */
export const ACKNOWLEDGED_PAGE: string = `SELECT coalesce(json_agg(json_build_object('number', r.number, 'name', r.event_id,
    'created', r.created, 'key', r.key, 'options', r.options, 'payload_form', r.payload_form, 'metadata_form', r.metadata_form,
    'payload', r.payload, 'metadata', r.metadata, 'result', r.result, 'reply', r.reply, 'until', ${msOf('r.until')})
    ORDER BY r.number), '[]')::text AS answer
  FROM (SELECT * FROM @results WHERE channel = $1::text AND payload IS NOT NULL AND number > $3::text::bigint
    AND number <= $4::text::bigint AND until > ${NOW} ORDER BY number LIMIT $5::text::bigint) r`;

/** Value: channel. */
export const LAST_RESULT: string = `SELECT coalesce(max(number), 0)::text AS answer FROM @results
  WHERE channel = $1::text AND payload IS NOT NULL`;

/** Forgets some of the results whose retention has ended. Value: the time, twice. */
export const FORGET_RESULTS: string = `DELETE FROM @results WHERE $1::text <> '' AND (channel, event_id) IN (
  SELECT channel, event_id FROM @results WHERE until <= ${NOW} ORDER BY until LIMIT 10000 FOR UPDATE SKIP LOCKED)`;

/**
 * Whether an event waits for one that has ended: sqlspec has acknowledged it, or its end did not see the publish of the other one. `d`: details of the
 * channel, which is the first value.
 */
export const SOME_STRAY: string = `EXISTS (SELECT 1 FROM @details d
    LEFT JOIN @results r ON r.channel = d.channel AND r.event_id = d.after_id AND r.state = 'pending'
    LEFT JOIN @events q ON q.event_id = r.row_id AND q.status IN ('pending', 'leased')
    WHERE d.channel = $1::text AND ${IS_HELD} AND q.event_id IS NULL)`;

/** Values: channel, time. */
export const LET_STRAYS_GO =
  'SELECT to_json(@fn_let_strays_go($1::text, $2::text::bigint))::text AS answer';
