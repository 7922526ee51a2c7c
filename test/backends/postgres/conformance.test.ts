// Covers src/backends/postgres/*.ts
import { PGlite } from '@electric-sql/pglite';
import { afterAll } from 'vitest';
import { runPostgresConformance } from './tested-postgres.ts';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

runPostgresConformance('PGlite', client, (statements) => client.exec(statements));
