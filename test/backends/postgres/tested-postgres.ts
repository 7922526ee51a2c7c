import { type PostgresClient, postgresBackend, postgresSchema } from 'ackline/postgres';
import { beforeAll, beforeEach } from 'vitest';
import type { TestedBackend } from '../../backends.ts';
import { runConformance } from '../../run-conformance.ts';
import { POSTGRES } from './postgres-features.ts';
import { emptyTables } from './tested-postgres-tables.ts';

/**
 * Runs the suite over a client that the tests have opened. All cases use the same tables, which are emptied before each, because
 * making tables takes longer than most cases. `exec` runs several statements.
 */
export function runPostgresConformance(
  name: string,
  sql: PostgresClient,
  exec: (statements: string) => PromiseLike<unknown>,
): void {
  const table = `queue_${name.toLowerCase()}`;
  const tested: TestedBackend = {
    features: POSTGRES,
    open: (runtime) => () => postgresBackend({ sql, table, runtime }),
  };
  beforeAll(() => exec(postgresSchema({ table })), 60_000);
  beforeEach(() => exec(emptyTables(table)));
  runConformance(name, tested);
}
