// Covers src/backends/postgres/database.ts, src/queue/status-board.ts
import { PGlite } from '@electric-sql/pglite';
import { type PostgresStatus, postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';

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
