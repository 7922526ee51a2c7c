import type { Durability } from '../../core/events/message.ts';
import { AcklineError } from '../../core/reports/errors.ts';
import { SCHEMA_VERSION, VERSIONS } from './schema.ts';

/** The part of a connection that is used before the tables are there. */
interface NewConnection {
  readonly parts: { readonly tablePrefix: string; readonly durability: Durability };
  get<Row>(sql: string, ...values: string[]): Row | undefined;
  exec(sql: string): void;
}

/** Prepares the handle. Makes the tables, or those that an older version lacks. Throws `newer-schema` or `foreign-database`. */
export function openSchema(connection: NewConnection): void {
  const { durability } = connection.parts;
  // The connection has its own waits for locks, which are shorter than those of SQLite.
  connection.get('PRAGMA busy_timeout = 0');
  // Readers do not block the writer, nor the writer readers. A database in memory has no such mode.
  connection.get('PRAGMA journal_mode = WAL');
  connection.exec(`PRAGMA synchronous = ${durability === 'strict' ? 'FULL' : 'NORMAL'}`);
  if (madeVersion(connection) === SCHEMA_VERSION) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another connection may have made them meanwhile.
    for (const statements of VERSIONS.slice(madeVersion(connection)))
      for (const sql of statements) connection.exec(sql);
    connection.exec(`UPDATE @state SET version = ${SCHEMA_VERSION} WHERE id = 1`);
    connection.exec('COMMIT');
  } catch (error) {
    connection.exec('ROLLBACK');
    throw error;
  }
}

/** The version of the tables. 0 if the database has none. */
function madeVersion(connection: NewConnection): number {
  const { tablePrefix } = connection.parts;
  // One statement, so that tables which another connection makes meanwhile are all seen, or none.
  const row = connection.get<{ found: string }>(
    "SELECT json_group_array(name) AS found FROM sqlite_master WHERE type = 'table'",
  );
  const tables = JSON.parse(row?.found ?? '[]') as readonly string[];
  const isThere = (name: string) => tables.includes(`${tablePrefix}${name}`);
  const found = tablesOf(SCHEMA_VERSION).filter(isThere);
  if (found.length === 0) return 0;
  const version = found.includes('state') ? versionOf(connection) : undefined;
  if (version !== undefined && version > SCHEMA_VERSION)
    throw new AcklineError(
      'newer-schema',
      `the tables ${tablePrefix}… have version ${version}, and this release knows ${SCHEMA_VERSION}: update it`,
    );
  if (version === undefined || !tablesOf(version).every(isThere))
    throw new AcklineError(
      'foreign-database',
      `the database has a table ${tablePrefix}${found[0]} that this library did not make: set tablePrefix`,
    );
  return version;
}

/** The names of a version's tables, without the prefix. */
function tablesOf(version: number): string[] {
  return VERSIONS.slice(0, version)
    .flat()
    .flatMap((sql) => /CREATE TABLE @(\w+)/.exec(sql)?.[1] ?? []);
}

function versionOf(connection: NewConnection): number | undefined {
  try {
    const row = connection.get<{ version: unknown }>('SELECT version FROM @state WHERE id = 1');
    return Number.isInteger(row?.version) ? Number(row?.version) : undefined;
  } catch {
    // A table of that name without this column: it is foreign.
    return undefined;
  }
}
