// Covers src/backends/postgres/make-room.ts
import { PGlite } from '@electric-sql/pglite';
import { postgresBackend } from 'ackline/postgres';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';
import { clientWith } from './client-with.ts';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

test('whenFull: an event of another context, stored between the count and the append, makes room for both', async () => {
  const runtime = new ManualRuntime();
  const other = postgresBackend({ sql: client, table: 'queue_a', runtime });
  await other.publish('drafts', 'first', null, { key: 'k' });
  let isStored = false;
  const sql = clientWith(client, (statement) => {
    if (isStored || !(statement.includes('_backlog(') && statement.includes('INSERT INTO'))) return;
    isStored = true;
    return other.publish('drafts', 'of another context', null, { key: 'l' });
  });
  const backend = postgresBackend({ sql, table: 'queue_a', runtime });
  await backend.publish('drafts', 'second', null, { maxBacklog: 1, whenFull: 'drop-oldest' });
  const letters = await other.deadLetters?.('drafts', 9);
  expect(letters?.map(({ payload }) => payload)).toEqual(['first', 'of another context']);
  expect(await other.stats?.('drafts')).toMatchObject({ ready: 1, leased: 0, dead: 2 });
});
