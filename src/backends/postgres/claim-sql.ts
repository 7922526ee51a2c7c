import { SOME_STRAY } from './result-sql.ts';
import { ALIVE, DUE, FIRST_OF_KEY, HELD, msOf, NOW, SPECIAL } from './sql-parts.ts';

const DETAILS = `CASE WHEN d.event_id IS NOT NULL THEN json_build_object('name', d.name, 'payload_form', d.payload_form,
  'metadata_form', d.metadata_form, 'key', d.key, 'priority', d.priority, 'options', d.options,
  'uncounted', d.uncounted, 'last_lease', d.last_lease, 'last_error', d.last_error,
  'after_id', d.after_id, 'after_result', d.after_result, 'after_reply', d.after_reply) END`;

/** A `StateRow` of the row `q` with the details `d`. */
export function stateOf(status: string = 'q.status', details: string = DETAILS): string {
  return `'id', q.event_id, 'channel', q.channel, 'status', ${status}, 'attempts', q.attempts,
  'available', ${msOf('q.available_at')}, 'created', ${msOf('q.created_at')}, 'details', ${details}`;
}

/** `found`: an event with a priority, or a retry, is due. Such events are chosen by the mixed claim. */
const SOME_SPECIAL = `special AS MATERIALIZED (SELECT EXISTS (
    SELECT 1 FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.channel = $1::text AND ${SPECIAL} AND d.due_at <= ${NOW} AND ${DUE} AND ${ALIVE} AND ${FIRST_OF_KEY}
  ) AS found)`;

/** Whether an event is due that ends instead: its time to live has passed, or its last lease has expired. */
const DOOMED = `(EXISTS (SELECT 1 FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.channel = $1::text AND d.ends_at <= ${NOW} AND ${DUE} AND ${FIRST_OF_KEY})
  OR EXISTS (SELECT 1 FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.channel = $1::text AND d.last_lease IS NOT NULL AND d.last_lease = q.attempts
    AND q.status = 'leased' AND ${DUE}))`;

/** When the next event is due, and when the next lease ends. */
const TIMES = `'scheduled', (SELECT ${msOf('min(q.available_at)')} FROM @events q
    WHERE q.channel = $1::text AND q.status = 'pending' AND q.available_at > ${NOW} AND q.available_at < ${HELD}),
  'leased', (SELECT ${msOf('min(q.lease_expires_at)')} FROM @events q
    WHERE q.channel = $1::text AND q.status = 'leased')`;

/** Whether the queue has or gets events: its group exists, or it is a plain queue that its channel has not ended, or not emptied. */
const IS_OPEN = `CASE WHEN EXISTS (SELECT 1 FROM @groups m
      WHERE m.channel = split_part($1::text, '@', 1) AND m.name = split_part($1::text, '@', 2))
    THEN split_part($1::text, '@', 2) <> '' OR EXISTS (
      SELECT 1 FROM @events q WHERE q.channel = $1::text AND q.status IN ('pending', 'leased'))
    ELSE split_part($1::text, '@', 2) = '' END`;

const OUTLOOK = `json_build_object(
  'open', ${IS_OPEN},
  'due', EXISTS (SELECT 1 FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
    WHERE ${DUE} AND ${ALIVE} AND ${FIRST_OF_KEY}),
  ${TIMES}, 'strays', ${SOME_STRAY})`;

/** Leases the rows of `placed`. Values: channel, time, limit, end of the lease, allowed attempts. */
const LEASED = `taken AS (UPDATE @events q SET status = 'leased', attempts = q.attempts + 1,
      lease_expires_at = 'epoch'::timestamptz + $4::text::bigint * interval '1 millisecond'
    FROM placed p WHERE q.event_id = p.event_id
    RETURNING q.event_id, q.channel, q.attempts, q.available_at, q.created_at, q.payload_json, q.metadata_json, p.was)`;

/** And marks their last allowed attempts. */
const LEASE = `${LEASED},
  marked AS (INSERT INTO @details (event_id, channel, last_lease)
    SELECT t.event_id, t.channel, t.attempts FROM taken t LEFT JOIN @details d ON d.event_id = t.event_id
    WHERE t.attempts - coalesce(d.uncounted, 0) >= $5::text::bigint
    ON CONFLICT (event_id) DO UPDATE SET last_lease = excluded.last_lease)`;

const TAKEN = `(SELECT json_agg(json_build_object(${stateOf('q.was')},
    'payload', q.payload_json, 'metadata', q.metadata_json)
    ORDER BY coalesce(d.priority, 0) DESC, q.created_at, q.event_id)
  FROM taken q LEFT JOIN @details d ON d.event_id = q.event_id)`;

/** Whether an event of the channel has details. */
const SOME_DETAILED = 'EXISTS (SELECT 1 FROM @details d WHERE d.channel = $1::text)';

/** Leases the oldest due events, unless one is special. */
export const CLAIM: string = `WITH ${SOME_SPECIAL},
  placed AS MATERIALIZED (SELECT q.event_id, q.status AS was
    FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
    WHERE NOT (SELECT found FROM special) AND ${DUE} AND ${ALIVE} AND ${FIRST_OF_KEY}
    ORDER BY q.created_at, q.event_id LIMIT $3::text::bigint FOR UPDATE OF q SKIP LOCKED),
  ${LEASE}
  SELECT json_build_object('taken', ${TAKEN}, 'special', (SELECT found FROM special), 'doomed', ${DOOMED},
    'detailed', ${SOME_DETAILED},
    'outlook', CASE WHEN (SELECT found FROM special) OR EXISTS (SELECT 1 FROM placed) THEN NULL
      ELSE ${OUTLOOK} END)::text AS answer`;

/** As `CLAIM`, for a channel in which no event has details. Else it leases nothing. It takes half as long. */
export const PLAIN_CLAIM: { readonly parts: string; readonly answer: string } = {
  parts: `detailed AS MATERIALIZED (SELECT ${SOME_DETAILED} AS found),
  placed AS MATERIALIZED (SELECT q.event_id, q.status AS was FROM @events q
    WHERE NOT (SELECT found FROM detailed) AND ${DUE}
    ORDER BY q.created_at, q.event_id LIMIT $3::text::bigint FOR UPDATE OF q SKIP LOCKED),
  ${LEASED},
  marked AS (INSERT INTO @details (event_id, channel, last_lease)
    SELECT t.event_id, t.channel, t.attempts FROM taken t WHERE t.attempts >= $5::text::bigint
    ON CONFLICT (event_id) DO UPDATE SET last_lease = excluded.last_lease)`,
  answer: `json_build_object('taken', (SELECT json_agg(json_build_object(${stateOf('q.was', 'NULL')},
      'payload', q.payload_json, 'metadata', q.metadata_json) ORDER BY q.created_at, q.event_id) FROM taken q),
    'detailed', (SELECT found FROM detailed), 'outlook', CASE
      WHEN (SELECT found FROM detailed) OR EXISTS (SELECT 1 FROM placed) THEN NULL
      ELSE json_build_object('open', ${IS_OPEN}, 'due', EXISTS (SELECT 1 FROM @events q WHERE ${DUE}), ${TIMES}) END)`,
};
export const CLAIM_PLAIN: string = `WITH ${PLAIN_CLAIM.parts} SELECT ${PLAIN_CLAIM.answer}::text AS answer`;

/**
 * The due events among which a mixed claim chooses: of each priority, and of retries and others, the oldest ones. Values: channel,
 * time, limit. They are in the order of their publishes.
 */
export const CANDIDATES: string = `WITH oldest AS MATERIALIZED (
    SELECT q.event_id, q.attempts, q.created_at, 0 AS priority, false AS retry
    FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
    WHERE ${DUE} AND ${ALIVE} AND ${FIRST_OF_KEY} AND coalesce(NOT ${SPECIAL}, true)
    ORDER BY q.created_at, q.event_id LIMIT $3::text::bigint),
  special AS (SELECT q.event_id, q.attempts, q.created_at, d.priority, d.retry,
      row_number() OVER (PARTITION BY d.priority, d.retry ORDER BY q.created_at, q.event_id) AS place
    FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.channel = $1::text AND ${SPECIAL} AND d.due_at <= ${NOW} AND ${DUE} AND ${ALIVE} AND ${FIRST_OF_KEY}),
  both_kinds AS (SELECT event_id, attempts, created_at, priority, retry FROM oldest
    UNION ALL SELECT event_id, attempts, created_at, priority, retry FROM special WHERE place <= $3::text::bigint)
  SELECT coalesce(json_agg(json_build_object('id', event_id, 'attempts', attempts, 'priority', priority, 'retry', retry)
    ORDER BY created_at, event_id), '[]')::text AS answer FROM both_kinds`;

/** Leases chosen events, as far as they are still due and no other claim has them. `$3`: their ids and attempts. */
export const CLAIM_CHOSEN: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($3::text::jsonb) AS g(id text, attempts int)),
  placed AS MATERIALIZED (SELECT q.event_id, q.status AS was
    FROM given g JOIN @events q ON q.event_id = g.id AND q.attempts = g.attempts
    WHERE ${DUE} FOR UPDATE OF q SKIP LOCKED),
  ${LEASE}
  SELECT json_build_object('taken', ${TAKEN}, 'special', false, 'doomed', false)::text AS answer`;

/** The events of the channel that are doomed. Values: channel, time. */
export const FIND_DOOMED: string = `SELECT coalesce(json_agg(found.state), '[]')::text AS answer FROM (
    SELECT json_build_object(${stateOf()}) AS state
    FROM @details d JOIN @events q ON q.event_id = d.event_id
    WHERE d.channel = $1::text AND ${DUE} AND ${FIRST_OF_KEY} AND (d.ends_at <= ${NOW}
      OR (d.last_lease IS NOT NULL AND d.last_lease = q.attempts AND q.status = 'leased'))
    ORDER BY q.created_at, q.event_id LIMIT 500) found`;
