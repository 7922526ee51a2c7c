import { applyOptions } from '../../core/options/options.ts';
import { FUNCTIONS } from './functions-sql.ts';
import { checkTable, DEFAULT_TABLE } from './postgres-options.ts';
import { IS_HELD } from './sql-parts.ts';

/** The version of the tables beside the queue table. A release refuses tables of a greater version. */
export const SCHEMA_VERSION = 3;

/** The columns of sqlspec's table, with the types that its adapters for PostgreSQL give them. */
export const EVENT_COLUMNS: Readonly<Record<string, string>> = {
  event_id: 'character varying',
  channel: 'character varying',
  payload_json: 'jsonb',
  metadata_json: 'jsonb',
  status: 'character varying',
  available_at: 'timestamp with time zone',
  lease_expires_at: 'timestamp with time zone',
  attempts: 'integer',
  created_at: 'timestamp with time zone',
  acknowledged_at: 'timestamp with time zone',
};

/**
 * `SQL` with the names of the tables. `@events` is sqlspec's; the others lie beside it. `@index_x` is the name of an index,
 * and `@fn_x` that of a function.
 */
export function withTables(sql: string, table: string): string {
  return sql.replace(/@(\w+)/g, (_, name: string) => {
    if (name === 'events') return table;
    if (name.startsWith('index_')) return `idx_${table.replace('.', '_')}_${name.slice(6)}`;
    if (name.startsWith('fn_')) return `${table}_ackline_${name.slice(3)}`;
    return name === 'details' ? `${table}_ackline` : `${table}_ackline_${name}`;
  });
}

/**
 * - `@events`, and its index `@index_channel_status`: as sqlspec makes them. `@index_order` is for claims in order.
 * - `@details`: a row for each event that needs more than sqlspec's columns. `event_id` is that of the queue table. `name` is the id
 *   that the caller gave, where it differs. `form`: how a payload or metadata is written that is no JSON object, see
 *   written-event.ts. `position` is the order of a key. `uncounted`: deliveries that do not count. `last_lease`: the lease of the
 *   last allowed attempt. `since`: when `due_at`, which is `available_at`, was computed from a delay. `earlier`: the attempts of the
 *   event before it was redriven. `after_id`: the event that it waits for, whose end is in `after_result` and `after_reply`, and
 *   null until then. `blocks`: it becomes a dead letter unless that event is acknowledged.
 * - `@dead`: dead letters. `@ids`: the ids that callers gave, until their windows end. `@keys`: the keys that are blocked.
 * - `@groups`: the groups of each channel, in the order of `number`. A row without a name: the plain queue gets no events. The queue of
 *   a group has the name `channel@group` in the column `channel` of the other tables.
 * - `@results`: how events with a retention ended, from their publish on. `row_id` is the id of the queue table. `until` is null
 *   while the event is pending. The row of an acknowledged event has its payload. `number` is the order of the ends.
 *
 * Texts hold JSON where `jsonb` refuses what JSON allows.
 */
const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS @events (
    event_id VARCHAR(64) PRIMARY KEY, channel VARCHAR(128) NOT NULL, payload_json JSONB NOT NULL, metadata_json JSONB,
    status VARCHAR(32) NOT NULL DEFAULT 'pending', available_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    lease_expires_at TIMESTAMPTZ, attempts INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, acknowledged_at TIMESTAMPTZ)`,
  'CREATE INDEX IF NOT EXISTS @index_channel_status ON @events(channel, status, available_at)',
  `CREATE INDEX IF NOT EXISTS @index_order ON @events(channel, created_at, event_id)
    WHERE status IN ('pending', 'leased')`,
  `CREATE TABLE IF NOT EXISTS @details (
    event_id VARCHAR(64) PRIMARY KEY, channel VARCHAR(128) NOT NULL, position BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT, payload_form TEXT, metadata_form TEXT, key TEXT, priority SMALLINT NOT NULL DEFAULT 0, options TEXT,
    retry BOOLEAN NOT NULL DEFAULT false, due_at TIMESTAMPTZ, since TIMESTAMPTZ, ends_at TIMESTAMPTZ, ttl_ms BIGINT,
    uncounted INTEGER NOT NULL DEFAULT 0, last_lease INTEGER, last_error TEXT)`,
  'CREATE INDEX IF NOT EXISTS @index_channels ON @details(channel)',
  'CREATE INDEX IF NOT EXISTS @index_names ON @details(name) WHERE name IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS @index_lines ON @details(channel, key, position) WHERE key IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS @index_special ON @details(channel, due_at) WHERE retry OR priority <> 0',
  'CREATE INDEX IF NOT EXISTS @index_ends ON @details(channel, ends_at) WHERE ends_at IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS @index_last ON @details(channel) WHERE last_lease IS NOT NULL',
  `CREATE TABLE IF NOT EXISTS @dead (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, channel VARCHAR(128) NOT NULL, event_id TEXT NOT NULL,
    letter TEXT NOT NULL, payload JSONB NOT NULL, metadata JSONB, lease INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS @index_dead ON @dead(channel, number)',
  `CREATE TABLE IF NOT EXISTS @ids (
    channel VARCHAR(128) NOT NULL, event_id TEXT NOT NULL, until TIMESTAMPTZ NOT NULL, PRIMARY KEY (channel, event_id))`,
  'CREATE INDEX IF NOT EXISTS @index_windows ON @ids(until)',
  'CREATE TABLE IF NOT EXISTS @keys (channel VARCHAR(128) NOT NULL, key TEXT NOT NULL, PRIMARY KEY (channel, key))',
  // Version 2.
  'ALTER TABLE @details ADD COLUMN IF NOT EXISTS earlier INTEGER NOT NULL DEFAULT 0',
  `CREATE TABLE IF NOT EXISTS @groups (
    channel VARCHAR(128) NOT NULL, name TEXT NOT NULL, number BIGINT GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (channel, name))`,
  // Version 3.
  `ALTER TABLE @details ADD COLUMN IF NOT EXISTS after_id TEXT, ADD COLUMN IF NOT EXISTS after_result TEXT,
    ADD COLUMN IF NOT EXISTS after_reply TEXT, ADD COLUMN IF NOT EXISTS blocks BOOLEAN NOT NULL DEFAULT false`,
  `CREATE INDEX IF NOT EXISTS @index_held ON @details(channel, after_id) WHERE ${IS_HELD.replaceAll('d.', '')}`,
  `CREATE TABLE IF NOT EXISTS @results (
    channel VARCHAR(128) NOT NULL, event_id TEXT NOT NULL, number BIGINT GENERATED ALWAYS AS IDENTITY,
    row_id VARCHAR(64) NOT NULL, retention_ms BIGINT NOT NULL, until TIMESTAMPTZ, state TEXT NOT NULL, result TEXT NOT NULL,
    reply TEXT, created BIGINT NOT NULL, key TEXT, options TEXT, payload_form TEXT, metadata_form TEXT,
    payload JSONB, metadata JSONB, PRIMARY KEY (channel, event_id))`,
  'CREATE INDEX IF NOT EXISTS @index_kept ON @results(until) WHERE until IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS @index_ended ON @results(channel, number) WHERE payload IS NOT NULL',
  ...FUNCTIONS,
  // Last, so that tables with this comment are complete.
  `COMMENT ON TABLE @details IS 'ackline ${SCHEMA_VERSION}'`,
];

/** One statement that makes the missing tables. Two processes that run it wait for each other. */
export const CREATE_TABLES: string = `DO $ackline$ BEGIN
  PERFORM pg_advisory_xact_lock(1094798414, 1);
  ${TABLES.join(';\n  ')};
END $ackline$`;

/**
 * The SQL that makes the tables of {@link postgresBackend}, for a program that makes its tables itself. Tables and indexes that are
 * there already are left as they are.
 *
 * @example
 * await pool.query(postgresSchema({ table: 'app.sqlspec_event_queue' }));
 */
export function postgresSchema(options: { readonly table?: string } = {}): string {
  const { table } = applyOptions({ table: DEFAULT_TABLE }, options, {
    table: (_, value) => checkTable(value),
  });
  return withTables(CREATE_TABLES, table);
}
