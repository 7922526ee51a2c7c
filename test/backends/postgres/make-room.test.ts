// Covers src/backends/postgres/make-room.ts
import { PGlite } from '@electric-sql/pglite';
import { type PostgresClient, postgresBackend } from 'ackline/postgres';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

/** A client that runs `meanwhile` once, before the first statement that stores events with a limit. */
function interrupted(meanwhile: () => Promise<unknown>): PostgresClient {
  let run: typeof meanwhile | undefined = meanwhile;
  const query: PGlite['query'] = async (sql, ...given) => {
    const before = run;
    if (before && sql.includes('_backlog(') && sql.includes('INSERT INTO')) {
      run = undefined;
      await before();
    }
    return client.query(sql, ...given);
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'query') return query;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('whenFull: an event of another context, stored between the count and the append, makes room for both', async () => {
  const runtime = new ManualRuntime();
  const other = postgresBackend({ sql: client, table: 'queue_a', runtime });
  await other.publish('drafts', 'first', null, { key: 'k' });
  const sql = interrupted(() => other.publish('drafts', 'of another context', null, { key: 'l' }));
  const backend = postgresBackend({ sql, table: 'queue_a', runtime });
  await backend.publish('drafts', 'second', null, { maxBacklog: 1, whenFull: 'drop-oldest' });
  const letters = await other.deadLetters?.('drafts', 9);
  expect(letters?.map(({ payload }) => payload)).toEqual(['first', 'of another context']);
  expect(await other.stats?.('drafts')).toMatchObject({ ready: 1, leased: 0, dead: 2 });
});
