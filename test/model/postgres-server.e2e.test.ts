// Covers src/backends/postgres/*.ts
import postgres from 'postgres';
import { afterAll, beforeAll, describe } from 'vitest';
import { startPostgres } from '../backends/postgres/postgres-server.ts';
import { findPostgres } from '../setup/find-postgres.mjs';
import { modelledPostgres } from './modelled-postgres.ts';
import { testModel } from './test-model.ts';

const server = findPostgres() ? await startPostgres() : undefined;
afterAll(() => server?.close());

describe.skipIf(!server)('a PostgreSQL server', () => {
  const sql = postgres(server?.url ?? '', { max: 4, onnotice: () => undefined });
  const { tested, make } = modelledPostgres(sql, (statements) => sql.unsafe(statements));
  beforeAll(make, 60_000);
  afterAll(() => sql.end());
  testModel('PostgreSQL', tested, { numRuns: 40, contexts: 2, hasOwnTurns: true });
});
