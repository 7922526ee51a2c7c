// Covers src/backends/postgres/*.ts
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, describe } from 'vitest';
import { findPostgres } from '../../setup/find-postgres.mjs';
import { startPostgres } from './postgres-server.ts';
import { runPostgresConformance } from './tested-postgres.ts';

const server = findPostgres() ? await startPostgres() : undefined;
afterAll(() => server?.close());

describe.skipIf(!server)('a PostgreSQL server', () => {
  const url = server?.url ?? '';
  describe('postgres', () => {
    const sql = postgres(url, { max: 4, onnotice: () => undefined });
    afterAll(() => sql.end());
    runPostgresConformance('postgres', sql, (statements) => sql.unsafe(statements));
  });
  describe('pg', () => {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    afterAll(() => pool.end());
    runPostgresConformance('pg', pool, (statements) => pool.query(statements));
  });
});
