import { stateOf } from './claim-sql.ts';
import { statsOf } from './queue-sql.ts';
import { HELD, IS_HELD, msOf, NOW, timeOf, timeOfMicros } from './sql-parts.ts';

/** The microseconds of a time. The order of publishes needs them. */
function microsOf(time: string): string {
  return `(extract(epoch FROM ${time}) * 1000000)::bigint`;
}

/** The order of the newest event of a channel. Values: channel. */
export const LAST_ORDER: string = `SELECT coalesce(${microsOf('max(q.created_at)')}, 0)::text AS answer
  FROM @events q WHERE q.channel = $1::text AND q.status IN ('pending', 'leased')`;

/** Before it no event is read. Values: order and id of the last event of the page before. */
const AFTER = `(q.created_at, q.event_id) > (${timeOfMicros('$3::text::bigint')}, $4::text)`;

/** When a row `q` with the details `d` is due. */
const DUE_AT = `CASE WHEN q.available_at = ${HELD} THEN d.due_at ELSE q.available_at END`;

/**
 * A page. Values: channel, time, order and id of the last event that was read, the greatest order that is shown, the most events,
 * and whether payloads are read.
 */
function page(condition: string, place: string, after: string): string {
  return `SELECT coalesce(json_agg(json_build_object(${stateOf()}, 'payload', CASE WHEN $7::text = 'true' THEN q.payload_json END,
      'metadata', q.metadata_json, 'order', ${microsOf('q.created_at')}, 'dueAt', ${microsOf('q.due')},
      'leaseExpiresAt', ${msOf('q.lease_expires_at')}, 'expiresAt', ${msOf("nullif(d.ends_at, 'epoch')")}) ORDER BY ${place}), '[]')::text AS answer
    FROM (SELECT q.*, ${DUE_AT} AS due FROM @events q LEFT JOIN @details d ON d.event_id = q.event_id
      WHERE q.channel = $1::text AND q.created_at <= ${timeOfMicros('$5::text::bigint')} AND ${condition} AND ${after}
      ORDER BY ${place} LIMIT $6::text::bigint) q
    LEFT JOIN @details d ON d.event_id = q.event_id`;
}

const ORDER = 'q.created_at, q.event_id';

export const READY_PAGE: string = page(
  `q.status = 'pending' AND ${DUE_AT} <= ${NOW}`,
  ORDER,
  AFTER,
);
/** The time is not needed. */
export const LEASED_PAGE: string = page(`q.status = 'leased' AND $2::text <> ''`, ORDER, AFTER);
/**
 * Eighth and ninth value: the due time of the last event that was read, and the time of the first page. An event that was scheduled
 * again after that page is left out, because the page may have shown it.
 */
export const SCHEDULED_PAGE: string = page(
  `q.status = 'pending' AND ${DUE_AT} > ${NOW} AND coalesce(d.since <= ${timeOf('$9::text::bigint')}, true)`,
  `due, ${ORDER}`,
  `(${DUE_AT}, ${ORDER}) > (${timeOfMicros('$8::text::bigint')}, ${timeOfMicros('$3::text::bigint')}, $4::text)`,
);

/** When the next scheduled event is due. Values: channel, time. */
export const NEXT_DUE: string = `SELECT to_json(${msOf('min(x.due)')})::text AS answer FROM (
  SELECT min(q.available_at) AS due FROM @events q
    WHERE q.channel = $1::text AND q.status = 'pending' AND q.available_at > ${NOW} AND q.available_at < ${HELD}
  UNION ALL SELECT min(d.due_at) FROM @details d WHERE d.channel = $1::text AND ${IS_HELD} AND d.due_at > ${NOW}) x`;

/** The next name in one of the tables. Each is found by a search in an index. */
function nameAfter(after: string): string {
  return `(SELECT min(x.channel) FROM (
    SELECT (SELECT min(q.channel) FROM @events q WHERE q.channel > ${after} AND q.status IN ('pending', 'leased')) AS channel
    UNION ALL SELECT (SELECT min(x.channel) FROM @dead x WHERE x.channel > ${after})) x)`;
}

/**
 * The channels after a name, with their counts. The names of a database are sorted by its language, and those of the answer by their
 * characters. The queues of groups are left out. Values: name, time, the most channels.
 */
export const CHANNELS: string = `WITH RECURSIVE names AS (
    SELECT ${nameAfter("''")} AS channel
    UNION ALL SELECT ${nameAfter('n.channel')} FROM names n WHERE n.channel IS NOT NULL),
  shown AS (SELECT channel FROM names WHERE channel COLLATE "C" > $1::text COLLATE "C" AND strpos(channel, '@') = 0
    ORDER BY channel COLLATE "C" LIMIT $3::text::bigint)
  SELECT coalesce(json_agg(json_build_object('channel', s.channel, 'stats', (${statsOf('s.channel')}))
    ORDER BY s.channel COLLATE "C"), '[]')::text AS answer FROM shown s`;
