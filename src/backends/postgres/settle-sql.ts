import { PLAIN_CLAIM, stateOf } from './claim-sql.ts';
import { endResults } from './result-sql.ts';
import { timeOf } from './sql-parts.ts';

/** The lease of the row `q` is the one that was given. */
const FENCED = "q.event_id = g.id AND q.status = 'leased' AND q.attempts = g.lease";

/** Which of the given events were changed, and which of the others are still in the queue. */
const answerObject = (
  more: string,
) => `json_build_object(${more}'done', (SELECT json_agg(n) FROM done), 'left', (
    SELECT json_agg(g.n) FROM given g JOIN @events q ON q.event_id = g.id
    WHERE q.status IN ('pending', 'leased') AND g.n NOT IN (SELECT n FROM done)), 'hints', (
    SELECT count(pg_notify(h.hint, '')) FROM (
      SELECT DISTINCT g.hint FROM given g JOIN done USING (n) WHERE g.hint IS NOT NULL) h))`;
const ANSWER_OBJECT = answerObject('');
const ANSWER = `SELECT ${ANSWER_OBJECT}::text AS answer`;
const ANSWER_ENDED = `SELECT ${answerObject(`'let_go', (SELECT found FROM let_go), `)}::text AS answer`;

const givenAcks = (value: string) => `given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(${value}::text::jsonb) AS g(n int, id text, lease int, hint text,
      name text, result text, reply text))`;

const FORGET_DETAILS = 'DELETE FROM @details d USING done WHERE d.event_id = done.event_id';

/** Keeps the rows of acknowledged events as sqlspec does. */
const KEEP = `UPDATE @events q SET status = 'acked', acknowledged_at = ${timeOf('$2::text::bigint')}
    FROM given g WHERE ${FENCED} RETURNING g.n, q.event_id, q.channel, q.payload_json, q.metadata_json`;
const DELETE = `DELETE FROM @events q USING given g WHERE $2::text <> '' AND ${FENCED}
    RETURNING g.n, q.event_id, q.channel, q.payload_json, q.metadata_json`;

/** The results of the acknowledged events. */
const ENDED =
  endResults(`(SELECT d.channel, g.name, 'acknowledged' AS state, g.result, g.reply, d.payload_json AS payload,
    d.metadata_json AS metadata FROM given g JOIN done d USING (n))`);

/** Statements that acknowledge, and keep or delete the rows. */
export interface AckSql {
  /** Values: events, time. */
  readonly alone: string;
  /** As `alone`, for events that may have a retention. */
  readonly withResults: string;
  /** As `CLAIM_PLAIN`, with the events as the sixth value. */
  readonly withClaim: string;
}

const ackSql = (change: string): AckSql => ({
  alone: `WITH ${givenAcks('$1')}, done AS (${change}), details AS (${FORGET_DETAILS}) ${ANSWER}`,
  withResults: `WITH ${givenAcks('$1')}, done AS (${change}), details AS (${FORGET_DETAILS}), ${ENDED} ${ANSWER_ENDED}`,
  withClaim: `WITH ${givenAcks('$6')}, done AS (${change}), ${PLAIN_CLAIM.parts}
  SELECT json_build_object('claim', ${PLAIN_CLAIM.answer}, 'acks', ${ANSWER_OBJECT})::text AS answer`,
});

export const ACK_KEPT: AckSql = ackSql(KEEP);
export const ACK_DELETED: AckSql = ackSql(DELETE);

/**
 * Nacks, extends, and makes dead letters. `kind`: `wait` returns the event to the queue, due at `at` if that is given; `hold` moves
 * the end of its lease to `at`; `dead` moves it to the dead letters. `was` is the status that the event must have. Values: events, time.
 */
export const CHANGE: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(n int, id text, lease int, was text, hint text, kind text,
      at bigint, detailed boolean, retry boolean, since bigint, uncounted int, error text, name text, letter text,
      blocks text, result text)),
  kept AS (UPDATE @events q SET status = CASE g.kind WHEN 'hold' THEN 'leased' ELSE 'pending' END,
      lease_expires_at = CASE g.kind WHEN 'hold' THEN ${timeOf('g.at')} END,
      available_at = CASE WHEN g.kind = 'wait' AND g.at IS NOT NULL THEN ${timeOf('g.at')} ELSE q.available_at END
    FROM given g WHERE g.kind <> 'dead' AND q.event_id = g.id AND q.status = g.was AND q.attempts = g.lease
    RETURNING g.n, q.event_id, q.channel, q.available_at),
  details AS (INSERT INTO @details AS d (event_id, channel, retry, due_at, since, uncounted, last_error)
    SELECT k.event_id, k.channel, g.retry, k.available_at, ${timeOf('g.since')}, g.uncounted, g.error
    FROM given g JOIN kept k USING (n) WHERE g.detailed
    ON CONFLICT (event_id) DO UPDATE SET retry = excluded.retry, due_at = excluded.due_at, since = excluded.since,
      uncounted = excluded.uncounted, last_error = excluded.last_error, last_lease = NULL),
  removed AS (DELETE FROM @events q USING given g
    WHERE g.kind = 'dead' AND q.event_id = g.id AND q.status = g.was AND q.attempts = g.lease
    RETURNING g.n, q.event_id, q.channel, q.payload_json, q.metadata_json, q.attempts),
  forgotten AS (DELETE FROM @details d USING removed r WHERE d.event_id = r.event_id),
  letters AS (INSERT INTO @dead (channel, event_id, letter, payload, metadata, lease)
    SELECT r.channel, g.name, g.letter, r.payload_json, r.metadata_json, r.attempts
    FROM given g JOIN removed r USING (n) ORDER BY g.n),
  blocked AS (INSERT INTO @keys (channel, key)
    SELECT DISTINCT r.channel, g.blocks FROM given g JOIN removed r USING (n) WHERE g.blocks IS NOT NULL
    ON CONFLICT DO NOTHING),
  ${endResults(`(SELECT r.channel, g.name, 'dead' AS state, g.result, NULL AS reply, NULL::jsonb AS payload, NULL::jsonb AS metadata
    FROM given g JOIN removed r USING (n) WHERE g.result IS NOT NULL)`)},
  done AS (SELECT n FROM kept UNION ALL SELECT n FROM removed)
  ${ANSWER_ENDED}`;

/** Finds the events of given ids. Value: ids, each with a queue, or with null for the plain queue of any channel. */
export const FIND: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(n int, id text, channel text)),
  found AS (SELECT g.n, q.event_id FROM given g JOIN @events q ON q.event_id = g.id
    UNION SELECT g.n, d.event_id FROM given g JOIN @details d ON d.name = g.id)
  SELECT coalesce(json_agg(json_build_object('n', g.n, ${stateOf()})), '[]')::text AS answer
  FROM given g JOIN found ON found.n = g.n JOIN @events q ON q.event_id = found.event_id
  LEFT JOIN @details d ON d.event_id = q.event_id
  WHERE q.status IN ('pending', 'leased') AND q.attempts > 0 AND (q.channel = g.channel OR g.channel IS NULL AND strpos(q.channel, '@') = 0)
  AND coalesce(d.name, q.event_id) = g.id`;

/**
 * Deletes acknowledged events of some channels whose retention has ended. They were due before they were acknowledged, so that
 * sqlspec's index finds them. Values: channels, time.
 */
export const FORGET_ACKED: string = `DELETE FROM @events WHERE event_id IN (
  SELECT q.event_id FROM jsonb_array_elements_text($1::text::jsonb) AS c(channel) CROSS JOIN LATERAL (
    SELECT event_id FROM @events e WHERE e.channel = c.channel AND e.status = 'acked'
    AND e.available_at <= ${timeOf('$2::text::bigint')} AND e.acknowledged_at <= ${timeOf('$2::text::bigint')}
    ORDER BY e.available_at LIMIT 10000) q)`;

/** Deletes the details of events that sqlspec has acknowledged or deleted. */
export const FORGET_ORPHANS: string = `DELETE FROM @details WHERE event_id IN (
  SELECT d.event_id FROM @details d WHERE NOT EXISTS (
    SELECT 1 FROM @events q WHERE q.event_id = d.event_id AND q.status IN ('pending', 'leased')) LIMIT 1000)`;
