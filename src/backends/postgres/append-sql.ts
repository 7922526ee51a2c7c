import { cancelledAt, HELD, NOW, PENDING, timeOf, UNKNOWN } from './sql-parts.ts';

/**
 * What `created_at` is: the time of the publish, and after each event of the channel that was stored in the same second. So events
 * of one process come in the order of its publishes, and those of several in the order of their commits, although the column has
 * no more than microseconds and the clocks of two machines differ a little.
 */
const LATEST = `latest AS (SELECT c.channel, c.first, (SELECT max(q.created_at) FROM @events q
    WHERE q.channel = c.channel AND q.status IN ('pending', 'leased')
    AND q.created_at >= ${timeOf('c.first')} AND q.created_at < ${timeOf('c.first')} + interval '1 second') AS last
  FROM (SELECT channel, min(created) AS first FROM placed GROUP BY channel) c)`;

const CREATED_AT = `greatest(${timeOf('g.created')}, l.last + interval '1 microsecond')
  + (row_number() OVER (PARTITION BY g.channel ORDER BY g.n) - 1) * interval '1 microsecond'`;

const COLUMNS =
  '(event_id, channel, payload_json, metadata_json, status, available_at, attempts, created_at)';

const PLAIN =
  'n int, id text, channel text, payload jsonb, metadata jsonb, created bigint, available bigint';

/** Sends the hints. Values: events, time, hints. */
const HINTS = `SELECT (SELECT json_build_array(count(pg_notify(h.hint, h.body)))
    FROM jsonb_to_recordset($3::text::jsonb) AS h(hint text, body text))`;

/** Whether one of the channels has groups. */
const GROUPED = `grouped AS MATERIALIZED (SELECT EXISTS (
    SELECT 1 FROM given g JOIN @groups m ON m.channel = g.channel) AS found)`;

/** Stores events without details, unless one of the channels has groups. Returns whether it has. */
export const APPEND_PLAIN: string = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(${PLAIN}) WHERE $2::text <> ''),
  ${GROUPED},
  placed AS MATERIALIZED (SELECT * FROM given WHERE NOT (SELECT found FROM grouped)),
  ${LATEST},
  stored AS (INSERT INTO @events ${COLUMNS}
    SELECT g.id, g.channel, g.payload, g.metadata, 'pending', ${timeOf('g.available')}, 0, ${CREATED_AT}
    FROM placed g JOIN latest l ON l.channel = g.channel)
  SELECT json_build_object('grouped', found, 'hints', CASE WHEN NOT found THEN (${HINTS}) END)::text AS answer FROM grouped`;

/** The queues that get an event `g`: those of the groups, and the plain one. A dead letter goes back to its own queue. */
const QUEUES = `(SELECT g.channel AS queue, NULL::bigint AS number WHERE g.letter IS NOT NULL
      OR NOT EXISTS (SELECT 1 FROM @groups m WHERE m.channel = g.channel AND m.name = '')
    UNION ALL SELECT m.channel || '@' || m.name, m.number FROM @groups m
      WHERE m.channel = g.channel AND m.name <> '' AND g.letter IS NULL)`;

/** The id of the row of an event `g` in the queue `q`. The id of the caller may be that of another row. */
const ROW_ID = `CASE WHEN q.number IS NOT NULL THEN q.number || '.' || coalesce(g.spare, g.id)
      WHEN g.spare IS NOT NULL AND EXISTS (SELECT 1 FROM @events e WHERE e.event_id = g.id) THEN g.spare
      ELSE g.id END`;

/**
 * How the events go on that wait for others; `held` is true if they wait. An event of the same statement has not ended. One that ends
 * at the same time does not see them, and leaves them to `let_strays_go`.
 */
const WAITS = `awaited AS MATERIALIZED (SELECT r.channel, r.event_id, r.state, r.result, r.reply FROM @results r
    WHERE (r.channel, r.event_id) IN (SELECT p.channel, a.after_id FROM placed p JOIN accepted a USING (n) WHERE a.after_id IS NOT NULL)
    AND (r.until IS NULL OR r.until > ${NOW})),
  waits AS MATERIALIZED (SELECT p.n, p.channel, s.held, w.reply, CASE WHEN NOT s.held THEN coalesce(w.result, '${UNKNOWN}') END AS result,
      NOT s.held AND a.blocks AND w.state IS DISTINCT FROM 'acknowledged' AS is_dead
    FROM placed p JOIN accepted a USING (n) LEFT JOIN awaited w ON w.channel = p.channel AND w.event_id = a.after_id
    CROSS JOIN LATERAL (SELECT coalesce(w.state = 'pending', false) OR EXISTS (SELECT 1 FROM placed o JOIN accepted b USING (n)
      WHERE o.channel = p.channel AND b.name = a.after_id AND b.retention IS NOT NULL) AS held) s
    WHERE a.after_id IS NOT NULL)`;

/** The results of events with a retention begin. */
const BEGUN = `begun AS (INSERT INTO @results (channel, event_id, row_id, retention_ms, created, key, options, payload_form,
      metadata_form, until, state, result)
    SELECT DISTINCT ON (c.channel, a.name) c.channel, a.name, c.row_id, a.retention, a.created, a.key, a.options, a.payload_form,
      a.metadata_form, CASE WHEN c.outdated THEN ${timeOf('$2::text::bigint + a.retention')} END,
      CASE WHEN c.outdated THEN 'cancelled' ELSE 'pending' END,
      CASE WHEN c.outdated THEN ${cancelledAt('$2::text::bigint')} ELSE '${PENDING}' END
    FROM copies c JOIN accepted a USING (n) WHERE a.retention IS NOT NULL ORDER BY c.channel, a.name, c.n DESC
    ON CONFLICT (channel, event_id) DO UPDATE SET row_id = excluded.row_id, retention_ms = excluded.retention_ms, until = excluded.until,
      state = excluded.state, result = excluded.result, reply = NULL, created = excluded.created, key = excluded.key,
      options = excluded.options, payload_form = excluded.payload_form, metadata_form = excluded.metadata_form,
      payload = NULL, metadata = NULL)`;

/**
 * Stores any events. `letter` is the number of the dead letter that an event was: it is removed, or the event is not stored. The
 * locks order the publishes of a key by their commits; they are taken in one order, so that two publishes never wait for each other.
 * The waiting events that are replaced are removed before the new ones are stored. Fourth value: limits of backlogs. Nothing is stored
 * if there is no room.
 */
export const APPEND: string = `WITH full_one AS MATERIALIZED (
    SELECT CASE WHEN $4::text <> '[]' THEN @fn_backlog($4::text::jsonb) END AS answer),
  given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(${PLAIN}, name text, spare text, attempts int,
      until bigint, letter bigint, detailed boolean, payload_form text, metadata_form text, key text, lock int,
      priority int, options text, since bigint, ends bigint, ttl bigint, replaces boolean, after_id text, blocks boolean,
      retention bigint)
    WHERE (SELECT answer IS NULL FROM full_one)),
  ${GROUPED},
  locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(1094798415, k.lock)
    FROM (SELECT DISTINCT lock FROM given WHERE lock IS NOT NULL ORDER BY lock) k),
  fresh AS (INSERT INTO @ids AS known (channel, event_id, until)
    SELECT channel, name, ${timeOf('until')} FROM given WHERE until IS NOT NULL ORDER BY channel, name
    ON CONFLICT (channel, event_id) DO UPDATE SET until = excluded.until
    WHERE known.until <= ${timeOf('$2::text::bigint')} RETURNING channel, event_id),
  removed AS (DELETE FROM @dead x USING given g WHERE x.number = g.letter RETURNING x.number),
  accepted AS MATERIALIZED (SELECT g.* FROM given g CROSS JOIN (SELECT count(*) FROM locked) waited
    WHERE (g.until IS NULL OR EXISTS (SELECT 1 FROM fresh f WHERE f.channel = g.channel AND f.event_id = g.name))
    AND (g.letter IS NULL OR g.letter IN (SELECT number FROM removed))),
  copies AS MATERIALIZED (SELECT g.n, g.name, q.queue AS channel, ${ROW_ID} AS row_id, g.key, g.replaces,
      EXISTS (SELECT 1 FROM accepted o WHERE o.replaces AND o.n > g.n AND o.channel = g.channel AND o.key = g.key) AS outdated
    FROM accepted g CROSS JOIN LATERAL ${QUEUES} q),
  replaced AS MATERIALIZED (SELECT CASE WHEN bool_or(c.replaces) THEN @fn_replace(
      jsonb_agg(jsonb_build_object('queue', c.channel, 'key', c.key)) FILTER (WHERE c.replaces), $2::text::bigint) END AS events FROM copies c),
  placed AS MATERIALIZED (SELECT c.n, c.channel, c.row_id, g.created FROM copies c JOIN accepted g USING (n)
    CROSS JOIN replaced WHERE NOT c.outdated),
  ${WAITS},
  ${BEGUN},
  ${LATEST},
  stored AS (INSERT INTO @events ${COLUMNS}
    SELECT g.row_id, g.channel, a.payload, a.metadata, 'pending',
      CASE WHEN w.held THEN ${HELD} ELSE ${timeOf('a.available')} END, a.attempts, ${CREATED_AT}
    FROM placed g JOIN accepted a USING (n) JOIN latest l ON l.channel = g.channel
    LEFT JOIN waits w ON w.n = g.n AND w.channel = g.channel),
  details AS (INSERT INTO @details (event_id, channel, name, payload_form, metadata_form, key, priority, options,
      due_at, since, ends_at, ttl_ms, uncounted, earlier, after_id, after_result, after_reply, blocks)
    SELECT p.row_id, p.channel, CASE WHEN p.row_id <> g.name THEN g.name END, g.payload_form, g.metadata_form, g.key,
      coalesce(g.priority, 0), g.options, ${timeOf('g.available')}, ${timeOf('g.since')},
      CASE WHEN w.is_dead THEN 'epoch' ELSE ${timeOf('g.ends')} END, g.ttl, g.attempts, g.attempts, g.after_id, w.result, w.reply,
      coalesce(g.blocks, false)
    FROM placed p JOIN accepted g USING (n) LEFT JOIN waits w ON w.n = p.n AND w.channel = p.channel
    WHERE g.detailed OR p.row_id <> g.name ORDER BY g.n)
  SELECT json_build_object('full', (SELECT answer FROM full_one), 'grouped', (SELECT found FROM grouped),
    'stored', (SELECT json_agg(n) FROM accepted),
    'replaced', (SELECT events FROM replaced),
    'outdated', (SELECT json_agg(json_build_object('queue', channel, 'name', name) ORDER BY n) FROM copies WHERE outdated),
    'hints', CASE WHEN (SELECT answer IS NULL FROM full_one) THEN (${HINTS}) END)::text AS answer`;

/** Forgets some of the ids whose windows have ended. Value: the time. */
export const FORGET_IDS: string = `DELETE FROM @ids WHERE (channel, event_id) IN (
  SELECT channel, event_id FROM @ids WHERE until <= ${timeOf('$1::text::bigint')} ORDER BY until LIMIT 1000
  FOR UPDATE SKIP LOCKED)`;
