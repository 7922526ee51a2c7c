import type { PlantedBug } from './planted-bug.ts';

const ROOT = 'src/backends/postgres';
const APPEND = `${ROOT}/append-sql.ts`;
const CLAIM = `${ROOT}/claim-sql.ts`;
const SETTLE = `${ROOT}/settle-sql.ts`;
const PARTS = `${ROOT}/sql-parts.ts`;
const FUNCTIONS = `${ROOT}/functions-sql.ts`;
const OWN = 'test/backends/postgres/postgres-backend.test.ts';
const RESULTS = 'test/backends/postgres/postgres-results.test.ts';
const HINTS = 'test/backends/postgres/notifications.test.ts';
const COMPANIONS = 'test/backends/postgres/companion-tables.test.ts';

/** Mistakes in the statements of the backend over PostgreSQL. They run on PGlite. */
export const POSTGRES_BUGS: readonly PlantedBug[] = [
  {
    name: 'postgres: an acknowledgement has no fence',
    file: SETTLE,
    from: "q.status = 'leased' AND q.attempts = g.lease\";",
    to: "q.status = 'leased'\";",
  },
  {
    name: 'postgres: a nack has no fence',
    file: SETTLE,
    from: "g.kind <> 'dead' AND q.event_id = g.id AND q.status = g.was AND q.attempts = g.lease",
    to: "g.kind <> 'dead' AND q.event_id = g.id AND q.status = g.was",
  },
  {
    name: 'postgres: what sqlspec has returned to the queue can still be acknowledged',
    file: SETTLE,
    from: "q.event_id = g.id AND q.status = 'leased' AND q.attempts = g.lease\";",
    to: "q.event_id = g.id AND q.status <> 'acked' AND q.attempts = g.lease\";",
    test: OWN,
  },
  {
    name: 'postgres: a claim counts no attempt',
    file: CLAIM,
    from: 'attempts = q.attempts + 1,',
    to: 'attempts = greatest(q.attempts, 1),',
  },
  {
    name: 'postgres: a claim takes events whose leases have not expired',
    file: PARTS,
    from: 'q.lease_expires_at IS NULL OR',
    to: 'q.lease_expires_at IS NOT NULL OR',
  },
  {
    name: 'postgres: the last allowed attempt is not marked',
    file: CLAIM,
    from: 't.attempts - coalesce(d.uncounted, 0) >= $5::text::bigint',
    to: 't.attempts - coalesce(d.uncounted, 0) > $5::text::bigint',
  },
  {
    name: 'postgres: an expired event is delivered',
    file: PARTS,
    from: 'coalesce(d.ends_at > ',
    to: "coalesce(d.ends_at + interval '1 hour' > ",
  },
  {
    name: 'postgres: a key holds back nothing',
    file: PARTS,
    from: 'AND e.position < d.position)',
    to: 'AND e.position < 0)',
  },
  {
    name: 'postgres: the details of an acknowledged event stay',
    file: SETTLE,
    from: "'DELETE FROM @details d USING done WHERE d.event_id = done.event_id'",
    to: "'DELETE FROM @details d USING done WHERE d.event_id = done.event_id AND false'",
    test: COMPANIONS,
  },
  {
    name: 'postgres: retention begins when an event was due',
    file: SETTLE,
    from: 'AND e.acknowledged_at <= ',
    to: 'AND e.available_at <= ',
    test: COMPANIONS,
  },
  {
    name: 'postgres: a publish with sql is stored outside of its transaction',
    file: `${ROOT}/database.ts`,
    from: 'return this.#run(sql, values, on ?? this.#parts.connection);',
    to: 'return this.#run(sql, values, this.#parts.connection);',
    test: OWN,
  },
  {
    name: 'postgres: a publish with sql sends no notification',
    file: `${ROOT}/appender.ts`,
    from: 'this.#parts.notify ? this.#hintsOf(all)',
    to: 'this.#parts.notify && !on ? this.#hintsOf(all)',
    test: HINTS,
  },
  {
    name: 'postgres: a delayed event is notified, and sqlspec takes it early',
    file: `${ROOT}/written-event.ts`,
    from: 'hint: available <= createdAt || event.redriven ? hintChannel(channel) : null,',
    to: 'hint: hintChannel(channel),',
    test: HINTS,
  },
  {
    name: 'postgres: an id is forgotten at once',
    file: APPEND,
    from: 'WHERE known.until <= ',
    to: 'WHERE true OR known.until <= ',
  },
  {
    name: 'postgres: a redriven letter stays among the dead ones',
    file: APPEND,
    from: 'removed AS (DELETE FROM @dead x USING given g WHERE x.number = g.letter RETURNING x.number)',
    to: 'removed AS (SELECT x.number FROM @dead x JOIN given g ON x.number = g.letter)',
  },
  {
    name: 'postgres: a plain event of a channel with groups reaches the plain queue alone',
    file: APPEND,
    from: 'SELECT 1 FROM given g JOIN @groups m ON m.channel = g.channel) AS found)`;',
    to: 'SELECT 1 FROM given g JOIN @groups m ON m.channel = g.id) AS found)`;',
  },
  {
    name: 'postgres: a group that is created again has the events of the old one',
    file: FUNCTIONS,
    from: "['events', 'details', 'dead', 'keys', 'results']",
    to: "['details', 'dead', 'keys', 'results']",
  },
  {
    name: 'postgres: a draft replaces an event that was delivered',
    file: FUNCTIONS,
    from: 'AND q.attempts = d.earlier RETURNING',
    to: 'RETURNING',
  },
  {
    name: 'postgres: leased events count towards maxBacklog',
    file: FUNCTIONS,
    from: "q.channel = g.channel AND q.status = 'pending') w",
    to: "q.channel = g.channel AND q.status <> 'acked') w",
  },
  {
    name: 'postgres: a page shows what was published after the first one',
    file: `${ROOT}/browse-sql.ts`,
    from: 'AND q.created_at <= ',
    to: "AND q.created_at - interval '1 hour' <= ",
  },
  {
    name: 'postgres: leases do not follow a clock that was set back',
    file: `${ROOT}/store-clock.ts`,
    from: "q.event_id = g.id AND q.attempts = g.lease AND q.status = 'leased'),",
    to: "q.event_id = g.id AND q.attempts = g.lease AND q.status = 'acked'),",
  },
  {
    name: 'postgres: an event that waits for another one is due',
    file: APPEND,
    from: 'CASE WHEN w.held THEN ',
    to: 'CASE WHEN false THEN ',
    test: RESULTS,
  },
  {
    name: 'postgres: the end of an event lets nothing go',
    file: FUNCTIONS,
    from: 'SET available_at = free.due_at FROM free',
    to: 'SET available_at = q.available_at FROM free',
    test: RESULTS,
  },
  {
    name: 'postgres: a stale acknowledgement ends the result',
    file: SETTLE,
    from: 'given g JOIN done d USING (n)',
    to: 'given g JOIN @events d ON d.event_id = g.id',
    test: RESULTS,
  },
  {
    name: 'postgres: what sqlspec has acknowledged lets nothing go',
    file: FUNCTIONS,
    from: "q.event_id = r.row_id AND q.status = 'acked'",
    to: "q.event_id = r.row_id AND q.status = 'gone'",
    test: RESULTS,
  },
  {
    name: 'postgres: a busy channel does not look for events that an end has not seen',
    file: `${ROOT}/claimer.ts`,
    from: 'Math.abs(now - last) >= STRAYS_MS',
    to: 'now < last',
    test: RESULTS,
  },
];
