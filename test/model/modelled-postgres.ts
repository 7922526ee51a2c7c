import { type PostgresClient, postgresBackend, postgresSchema } from 'ackline/postgres';
import { POSTGRES } from '../backends/postgres/postgres-features.ts';
import { emptyTables } from '../backends/postgres/tested-postgres-tables.ts';
import type { TestedBackend } from '../backends.ts';

const TABLE = 'queue_model';

/** The backend over a client. All runs use the same tables, which `make` makes and each run empties. */
export function modelledPostgres(
  sql: PostgresClient,
  exec: (statements: string) => PromiseLike<unknown>,
) {
  const tested: TestedBackend = {
    features: POSTGRES,
    prepare: () => exec(emptyTables(TABLE)),
    open: (runtime) => () => postgresBackend({ sql, table: TABLE, runtime }),
  };
  return { tested, make: () => exec(postgresSchema({ table: TABLE })) };
}
