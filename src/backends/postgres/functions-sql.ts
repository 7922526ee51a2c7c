import { ACKED_RESULT } from './result-sql.ts';
import { cancelledAt, IS_HELD, timeOf, UNKNOWN } from './sql-parts.ts';

/**
 * The functions beside the tables. A statement sees what was committed before it began. A function that takes a lock first sees also
 * what was committed while it waited, because each of its statements looks anew.
 */

/** Another transaction may hold the groups for so long, in milliseconds. Publishes wait for one that waits, too. */
const GROUP_LOCK_MS = 900;

/** Deletes what is left in a queue. */
const FORGET_QUEUE = ['events', 'details', 'dead', 'keys', 'results']
  .map((table) => `DELETE FROM @${table} x WHERE x.channel = queue;`)
  .join('\n    ');

/**
 * - `add_group` and `drop_group` wait until the publishes that have read the groups have committed, and later publishes wait for them.
 *   So each event is copied to the groups that exist when it is committed. Both are null or false where nothing was changed.
 *   `drop_group` returns the leases that it has ended.
 * - `replace` removes the waiting events of some keys that were never delivered, and returns them. The caller holds the locks of the
 *   keys. Their results are `cancelled`.
 * - `backlog` returns the first channel that has no room for more events, with the number of those that wait. It holds a lock for
 *   each channel until the end of the transaction.
 * - `let_go` puts the events in their places that wait for the given ones, with how those ended. One that becomes a dead letter
 *   instead gets a time to live that is over.
 * - `let_strays_go` does that for events of a channel which wait for one that has ended meanwhile, or that sqlspec has acknowledged
 *   or deleted.
 */
export const FUNCTIONS: readonly string[] = [
  `CREATE OR REPLACE FUNCTION @fn_add_group(TEXT, TEXT, BOOLEAN) RETURNS BOOLEAN LANGUAGE plpgsql
    SET lock_timeout = '${GROUP_LOCK_MS}ms' AS $body$ BEGIN
    LOCK TABLE @groups IN ACCESS EXCLUSIVE MODE;
    INSERT INTO @groups (channel, name) VALUES ($1, $2) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN false; END IF;
    IF NOT $3 THEN INSERT INTO @groups (channel, name) VALUES ($1, '') ON CONFLICT DO NOTHING; END IF;
    RETURN true;
  END $body$`,
  `CREATE OR REPLACE FUNCTION @fn_drop_group(TEXT, TEXT) RETURNS JSONB LANGUAGE plpgsql
    SET lock_timeout = '${GROUP_LOCK_MS}ms' AS $body$
  DECLARE queue TEXT := $1 || '@' || $2; leases JSONB; BEGIN
    LOCK TABLE @groups IN ACCESS EXCLUSIVE MODE;
    DELETE FROM @groups g WHERE g.channel = $1 AND g.name = $2;
    IF NOT FOUND THEN RETURN NULL; END IF;
    DELETE FROM @groups g WHERE g.channel = $1 AND g.name = ''
      AND NOT EXISTS (SELECT 1 FROM @groups o WHERE o.channel = $1 AND o.name <> '');
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', coalesce(d.name, q.event_id), 'lease', q.attempts)), '[]')
      INTO leases FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
      WHERE q.channel = queue AND q.status = 'leased';
    ${FORGET_QUEUE}
    RETURN leases;
  END $body$`,
  `CREATE OR REPLACE FUNCTION @fn_let_go(JSONB) RETURNS BOOLEAN LANGUAGE plpgsql AS $body$ BEGIN
    WITH given AS (SELECT * FROM jsonb_to_recordset($1) AS g(channel TEXT, event_id TEXT, state TEXT, result TEXT, reply TEXT)),
    free AS (UPDATE @details d SET after_result = g.result, after_reply = g.reply,
        ends_at = CASE WHEN d.blocks AND g.state <> 'acknowledged' THEN 'epoch' ELSE d.ends_at END
      FROM given g WHERE d.channel = g.channel AND d.after_id = g.event_id AND ${IS_HELD}
      RETURNING d.event_id, d.due_at)
    UPDATE @events q SET available_at = free.due_at FROM free WHERE q.event_id = free.event_id AND q.status = 'pending';
    RETURN FOUND;
  END $body$`,
  `CREATE OR REPLACE FUNCTION @fn_let_strays_go(TEXT, BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $body$ BEGIN
    UPDATE @results r SET number = DEFAULT, until = ${timeOf('$2 + r.retention_ms')}, state = 'acknowledged',
        result = ${ACKED_RESULT}, payload = q.payload_json, metadata = q.metadata_json
      FROM @events q WHERE r.channel = $1 AND r.state = 'pending' AND q.event_id = r.row_id AND q.status = 'acked'
      AND EXISTS (SELECT 1 FROM @details d WHERE d.channel = $1 AND d.after_id = r.event_id AND ${IS_HELD});
    DELETE FROM @results r WHERE r.channel = $1 AND r.state = 'pending'
      AND NOT EXISTS (SELECT 1 FROM @events q WHERE q.event_id = r.row_id)
      AND EXISTS (SELECT 1 FROM @details d WHERE d.channel = $1 AND d.after_id = r.event_id AND ${IS_HELD});
    RETURN @fn_let_go((SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('channel', d.channel, 'event_id', d.after_id,
        'state', coalesce(r.state, 'unknown'), 'result', coalesce(r.result, '${UNKNOWN}'), 'reply', r.reply)), '[]')
      FROM @details d LEFT JOIN @results r ON r.channel = d.channel AND r.event_id = d.after_id
      WHERE d.channel = $1 AND ${IS_HELD} AND r.state IS DISTINCT FROM 'pending'));
  END $body$`,
  `CREATE OR REPLACE FUNCTION @fn_replace(JSONB, BIGINT) RETURNS JSONB LANGUAGE plpgsql AS $body$
  DECLARE replaced JSONB; ended_ones JSONB; BEGIN
    WITH given AS (SELECT DISTINCT g.queue, g.key FROM jsonb_to_recordset($1) AS g(queue TEXT, key TEXT)),
    gone AS (DELETE FROM @events q USING @details d, given g
      WHERE d.channel = g.queue AND d.key = g.key AND q.event_id = d.event_id AND q.status = 'pending'
      AND q.attempts = d.earlier RETURNING q.event_id, q.channel, d.name, d.position),
    details AS (DELETE FROM @details d USING gone WHERE d.event_id = gone.event_id)
    SELECT jsonb_agg(jsonb_build_object('queue', gone.channel, 'name', coalesce(gone.name, gone.event_id))
      ORDER BY gone.position) INTO replaced FROM gone;
    WITH ended AS (UPDATE @results r SET number = DEFAULT, until = ${timeOf('$2 + r.retention_ms')}, state = 'cancelled',
        result = ${cancelledAt('$2')}
      FROM jsonb_to_recordset(replaced) AS g(queue TEXT, name TEXT) WHERE r.channel = g.queue AND r.event_id = g.name
      RETURNING r.channel, r.event_id, r.state, r.result, r.reply)
    SELECT jsonb_agg(to_jsonb(ended)) INTO ended_ones FROM ended;
    IF ended_ones IS NOT NULL THEN PERFORM @fn_let_go(ended_ones); END IF;
    RETURN coalesce(replaced, '[]');
  END $body$`,
  `CREATE OR REPLACE FUNCTION @fn_backlog(JSONB) RETURNS JSONB LANGUAGE plpgsql AS $body$
  DECLARE full_one JSONB; BEGIN
    PERFORM pg_advisory_xact_lock(1094798416, l.lock) FROM (
      SELECT DISTINCT g.lock FROM jsonb_to_recordset($1) AS g(lock INT) ORDER BY g.lock) l;
    SELECT jsonb_build_object('n', g.n, 'waiting', w.waiting) INTO full_one
      FROM jsonb_to_recordset($1) AS g(n INT, channel TEXT, added BIGINT, most BIGINT)
      CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM @events q WHERE q.channel = g.channel AND q.status = 'pending') w
      WHERE w.waiting + g.added > g.most ORDER BY g.n LIMIT 1;
    RETURN full_one;
  END $body$`,
];
