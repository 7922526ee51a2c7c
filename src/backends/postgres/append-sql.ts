import { timeOf } from './sql-parts.ts';

/**
 * What `created_at` is: the time of the publish, and after each event of the channel that was stored in the same second. So events
 * of one process come in the order of its publishes, and those of several in the order of their commits, although the column has
 * no more than microseconds and the clocks of two machines differ a little.
 */
const LATEST = `latest AS (SELECT c.channel, c.first, (SELECT max(q.created_at) FROM @events q
    WHERE q.channel = c.channel AND q.status IN ('pending', 'leased')
    AND q.created_at >= ${timeOf('c.first')} AND q.created_at < ${timeOf('c.first')} + interval '1 second') AS last
  FROM (SELECT channel, min(created) AS first FROM given GROUP BY channel) c)`;

const CREATED_AT = `greatest(${timeOf('g.created')}, l.last + interval '1 microsecond')
  + (row_number() OVER (PARTITION BY g.channel ORDER BY g.n) - 1) * interval '1 microsecond'`;

const COLUMNS =
  '(event_id, channel, payload_json, metadata_json, status, available_at, attempts, created_at)';

const PLAIN =
  'n int, id text, channel text, payload jsonb, metadata jsonb, created bigint, available bigint';

/** Sends the hints, and returns the numbers of the stored events. Values: events, time, hints. */
const END = `SELECT (SELECT json_build_array(count(pg_notify(h.hint, h.body)))
    FROM jsonb_to_recordset($3::text::jsonb) AS h(hint text, body text))`;

/** Stores events without details. */
export const APPEND_PLAIN: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(${PLAIN}) WHERE $2::text <> ''),
  ${LATEST},
  stored AS (INSERT INTO @events ${COLUMNS}
    SELECT g.id, g.channel, g.payload, g.metadata, 'pending', ${timeOf('g.available')}, 0, ${CREATED_AT}
    FROM given g JOIN latest l ON l.channel = g.channel)
  ${END}::text AS answer`;

/**
 * Stores any events. `letter` is the number of the dead letter that an event was: it is removed, or the event is not stored. The
 * locks order the publishes of a key by their commits; they are taken in one order, so that two publishes never wait for each other.
 */
export const APPEND: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(${PLAIN}, name text, spare text, attempts int,
      until bigint, letter bigint, detailed boolean, payload_form text, metadata_form text, key text, lock int,
      priority int, options text, since bigint, ends bigint, ttl bigint)),
  locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(1094798415, k.lock)
    FROM (SELECT DISTINCT lock FROM given WHERE lock IS NOT NULL ORDER BY lock) k),
  ${LATEST},
  fresh AS (INSERT INTO @ids AS known (channel, event_id, until)
    SELECT channel, name, ${timeOf('until')} FROM given WHERE until IS NOT NULL ORDER BY channel, name
    ON CONFLICT (channel, event_id) DO UPDATE SET until = excluded.until
    WHERE known.until <= ${timeOf('$2::text::bigint')} RETURNING channel, event_id),
  removed AS (DELETE FROM @dead x USING given g WHERE x.number = g.letter RETURNING x.number),
  accepted AS MATERIALIZED (SELECT g.*, CASE
      WHEN g.spare IS NOT NULL AND EXISTS (SELECT 1 FROM @events q WHERE q.event_id = g.id) THEN g.spare
      ELSE g.id END AS row_id
    FROM given g CROSS JOIN (SELECT count(*) FROM locked) waited
    WHERE (g.until IS NULL OR EXISTS (SELECT 1 FROM fresh f WHERE f.channel = g.channel AND f.event_id = g.name))
    AND (g.letter IS NULL OR g.letter IN (SELECT number FROM removed))),
  stored AS (INSERT INTO @events ${COLUMNS}
    SELECT g.row_id, g.channel, g.payload, g.metadata, 'pending', ${timeOf('g.available')}, g.attempts, ${CREATED_AT}
    FROM accepted g JOIN latest l ON l.channel = g.channel),
  details AS (INSERT INTO @details (event_id, channel, name, payload_form, metadata_form, key, priority, options,
      due_at, since, ends_at, ttl_ms, uncounted)
    SELECT g.row_id, g.channel, CASE WHEN g.row_id <> g.name THEN g.name END, g.payload_form, g.metadata_form, g.key,
      coalesce(g.priority, 0), g.options, ${timeOf('g.available')}, ${timeOf('g.since')}, ${timeOf('g.ends')}, g.ttl,
      g.attempts
    FROM accepted g WHERE g.detailed OR g.row_id <> g.name ORDER BY g.n)
  SELECT json_build_object('stored', (SELECT json_agg(n) FROM accepted), 'hints', (${END}))::text AS answer`;

/** Forgets some of the ids whose windows have ended. Value: the time. */
export const FORGET_IDS: string = `DELETE FROM @ids WHERE (channel, event_id) IN (
  SELECT channel, event_id FROM @ids WHERE until <= ${timeOf('$1::text::bigint')} ORDER BY until LIMIT 1000
  FOR UPDATE SKIP LOCKED)`;
