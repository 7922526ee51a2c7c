// Covers src/backends/postgres/*.ts
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll } from 'vitest';
import { modelledPostgres } from './modelled-postgres.ts';
import { testModel } from './test-model.ts';

const client = await PGlite.create();
const exec = (statements: string) => client.exec(statements);
const { tested, make } = modelledPostgres(client, exec);

beforeAll(make, 60_000);
afterAll(() => client.close(), 60_000);

testModel('PGlite', tested, { numRuns: 25, contexts: 2, hasOwnTurns: true });
testModel('PGlite', tested, {
  numRuns: 10,
  contexts: 2,
  hasOwnTurns: true,
  isDecorated: true,
});
