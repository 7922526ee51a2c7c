/** The tables of the database. `@` stands for the prefix of their names. */

/** The version that this release writes. A release refuses a database of a greater version. */
export const SCHEMA_VERSION = 2;

/**
 * - `events`: what was published. A row never changes, except when the clock was set back. `seq` is the commit order.
 * - `places`: where each event lies that is not held back by its key; see places.ts. Its primary key is the only index that
 *   publishing, claiming and settling a plain event touch.
 * - `lines`, `held`: the order of keys; see key-lines.ts. A row of `held` with an `after` has no key; see dependents.ts.
 * - `dead`: dead letters. `number` is never used again.
 * - `ids`: the ids that callers gave, until their windows end.
 * - `results`: how the events with a `retentionMs` have ended; see results.ts. A row with a payload is of an acknowledged event.
 *   `number` is never used again. `until` is null while the event is stored.
 * - `groups`, `plainless`: the groups of each channel, and the channels whose plain queue has ended.
 * - `state`: the version, the last fencing token that a connection has reserved, and the time at which it did.
 *
 * Times are REAL, so that no client returns a BigInt for one. SQLite stores a whole REAL as an integer.
 */
const VERSION_1: readonly string[] = [
  `CREATE TABLE @state (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, lease INTEGER NOT NULL, clock REAL NOT NULL)`,
  `CREATE TABLE @events (
    seq INTEGER PRIMARY KEY, created_at REAL NOT NULL, ttl_begins REAL, options TEXT, metadata TEXT,
    payload TEXT NOT NULL)`,
  `CREATE TABLE @places (
    queue TEXT NOT NULL, place INTEGER NOT NULL, rank REAL NOT NULL, seq INTEGER NOT NULL,
    event_id TEXT NOT NULL, level INTEGER NOT NULL, key TEXT, available_at REAL NOT NULL,
    since REAL, attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT,
    lease INTEGER NOT NULL DEFAULT 0, max_attempts REAL, owner TEXT,
    PRIMARY KEY (queue, place, rank, seq)) WITHOUT ROWID`,
  `CREATE TABLE @lines (
    queue TEXT NOT NULL, key TEXT NOT NULL, first INTEGER,
    PRIMARY KEY (queue, key)) WITHOUT ROWID`,
  `CREATE TABLE @held (
    queue TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, event_id TEXT NOT NULL,
    place INTEGER NOT NULL, available_at REAL NOT NULL, since REAL,
    PRIMARY KEY (queue, key, seq)) WITHOUT ROWID`,
  `CREATE TABLE @dead (
    number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, event_id TEXT NOT NULL,
    letter TEXT NOT NULL, metadata TEXT, payload TEXT NOT NULL)`,
  'CREATE INDEX @dead_by_queue ON @dead (queue)',
  `CREATE TABLE @ids (
    channel TEXT NOT NULL, event_id TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (channel, event_id)) WITHOUT ROWID`,
  'CREATE INDEX @ids_by_end ON @ids (until)',
  `CREATE TABLE @groups (
    channel TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (channel, number), UNIQUE (channel, name)) WITHOUT ROWID`,
  'CREATE TABLE @plainless (channel TEXT PRIMARY KEY) WITHOUT ROWID',
  'INSERT INTO @state (id, version, lease, clock) VALUES (1, 1, 0, -1e300)',
];

const VERSION_2: readonly string[] = [
  'ALTER TABLE @held ADD COLUMN after TEXT',
  'CREATE INDEX @held_by_after ON @held (queue, after) WHERE after IS NOT NULL',
  `CREATE TABLE @results (
    number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, event_id TEXT NOT NULL, until REAL,
    result TEXT NOT NULL, reply TEXT, key TEXT, created_at REAL, options TEXT, metadata TEXT, payload TEXT,
    UNIQUE (queue, event_id))`,
  'CREATE INDEX @results_by_end ON @results (until) WHERE until IS NOT NULL',
  'CREATE INDEX @results_acknowledged ON @results (queue) WHERE payload IS NOT NULL',
];

/** What makes each version of the one before it. */
export const VERSIONS: readonly (readonly string[])[] = [VERSION_1, VERSION_2];
