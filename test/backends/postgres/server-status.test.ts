// Covers src/backends/postgres/database.ts, src/backends/postgres/postgres-backend.ts
import { PGlite } from '@electric-sql/pglite';
import { channels } from 'ackline/inspection';
import { type PostgresStatus, postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { deferred } from '../../support/deferred.ts';
import { freePort } from '../../support/free-port.ts';
import { clientWith } from './client-with.ts';

// Its start takes long on a busy machine.
const client = await PGlite.create();
afterAll(() => client.close());

test('postgresBackend: the status follows the answers of the server, and ends closed', async () => {
  await client.exec('CREATE TABLE sqlspec_event_queue (event_id int)');
  const backend = postgresBackend({ sql: client });
  const seen: PostgresStatus[] = [];
  backend.watchStatus(() => {
    throw new Error('a watcher that throws');
  });
  const stop = backend.watchStatus((status) => seen.push(status));
  expect(backend.status()).toEqual({ state: 'closed', reason: null });
  await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'foreign-database' });
  await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'foreign-database' });
  await client.exec('DROP TABLE sqlspec_event_queue');
  await backend.publish('orders', 1);
  await backend.publish('orders', 2);
  stop();
  await backend.shutdown();
  expect(seen.map(({ state, reason }) => [state, reason?.code])).toEqual([
    ...[['failed', 'foreign-database'] as const, ['open', undefined] as const],
  ]);
  expect(backend.status()).toEqual({ state: 'closed', reason: null });
});

test('postgresBackend: a server that is not there is reconnecting, with the reason', async () => {
  const sql = postgres(`postgres://ackline@127.0.0.1:${await freePort()}/postgres`, {
    fetch_types: false,
  });
  const backend = postgresBackend({ sql });
  await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'unavailable' });
  const { state, reason } = backend.status();
  expect([state, reason?.code]).toEqual(['reconnecting', 'unavailable']);
  expect(Object.isFrozen(backend.status())).toBe(true);
  await backend.shutdown();
  expect(backend.status()).toEqual({ state: 'closed', reason: null });
  await sql.end({ timeout: 1 });
});

/** A backend whose statements fail with what `failWith` returns for them, and its statuses after the first. */
function openFailing(table: string, failWith: (sql: string) => Error | undefined) {
  const sql = clientWith(client, async (statement) => {
    const error = failWith(statement);
    if (error) throw error;
  });
  const backend = postgresBackend({ sql, table });
  const seen: PostgresStatus[] = [];
  backend.watchStatus((status) => seen.push(status));
  return { backend, seen };
}

const coded = (code: string) => Object.assign(new Error('of the client'), { code });

test('postgresBackend: a server that goes away and comes back is reconnecting, with the first reason, and open again', async () => {
  let isAway = false;
  const { backend, seen } = openFailing('queue_away', () =>
    isAway ? coded('ECONNRESET') : undefined,
  );
  await backend.publish('orders', 1);
  isAway = true;
  const failures = [1, 2].map(() => backend.publish('orders', 2).catch((error: unknown) => error));
  const [first] = await Promise.all(failures);
  await expect(backend.stats?.('orders')).rejects.toMatchObject({ code: 'unavailable' });
  isAway = false;
  await backend.publish('orders', 3);
  await backend.shutdown();
  expect(seen).toEqual([
    { state: 'open', reason: null },
    { state: 'reconnecting', reason: first },
    { state: 'open', reason: null },
    { state: 'closed', reason: null },
  ]);
});

test('postgresBackend: a statement that the server refuses leaves the status open', async () => {
  const { backend, seen } = openFailing('queue_refused', (sql) =>
    sql.includes('stored AS (INSERT INTO') ? coded('42501') : undefined,
  );
  await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'forbidden' });
  expect(seen).toEqual([{ state: 'open', reason: null }]);
  expect(backend.status()).toBe(seen[0]);
  await backend.shutdown();
});

test('postgresBackend: an answer that comes after the shutdown opens nothing', async () => {
  const late = deferred();
  const asked = deferred();
  let isLate = false;
  const sql = clientWith(client, (statement) => {
    if (!isLate || !statement.includes('channel >')) return undefined;
    asked.resolve();
    return late.promise;
  });
  const backend = postgresBackend({ sql, table: 'queue_late' });
  await backend.publish('orders', 1);
  isLate = true;
  const listing = channels(backend);
  await asked.promise;
  await backend.shutdown();
  late.resolve();
  expect((await listing).channels).toMatchObject([{ channel: 'orders' }]);
  expect(backend.status()).toEqual({ state: 'closed', reason: null });
});
