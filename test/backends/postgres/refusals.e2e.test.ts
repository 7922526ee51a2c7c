// Covers src/backends/postgres/postgres-errors.ts, src/backends/postgres/database.ts
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { AcklineError } from 'ackline';
import { postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, postgresUser } from '../../setup/find-postgres.mjs';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const CONNECTIONS = 6;
const QUIETLY = { onnotice: () => undefined };

async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
}

test('PostgreSQL: a server before version 12 is unsupported, and the message names both versions', async () => {
  // No package has so old a server, so its answer is changed on the way.
  const client = await PGlite.create();
  const old = {
    query: async (text: string, values?: string[]) => {
      const { rows } = await client.query<Record<string, string>>(text, values);
      const aged = rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            value.replace(/"version" : \d+/, '"version" : 110022'),
          ]),
        ),
      );
      return { rows: aged };
    },
    exec: (text: string) => client.exec(text),
    listen: (channel: string, onHint: () => void) => client.listen(channel, onHint),
  };
  const backend = postgresBackend({ sql: old });
  for (const call of [backend.publish('orders', 1), backend.dequeue('orders', 0)])
    expect(await errorOf(call)).toMatchObject({
      code: 'unsupported',
      message: 'the server must be PostgreSQL 12 or newer, it is 11',
    });
  const { rows } = await client.query("SELECT to_regclass('sqlspec_event_queue') AS made");
  expect(rows).toEqual([{ made: null }]);
  await backend.shutdown();
  await client.close();
});

describe.skipIf(!findPostgres())('PostgreSQL that refuses', () => {
  let server: PostgresServer;
  let disk: SmallDisk | undefined;
  beforeAll(async () => {
    server = await startPostgres({
      max_connections: CONNECTIONS,
      superuser_reserved_connections: 1,
    });
  }, 60_000);
  afterAll(async () => {
    await server.close();
    disk?.remove();
  });

  test('a read-only server says so, and that the primary is wanted', async () => {
    const admin = postgres(server.url, { max: 1, ...QUIETLY });
    const table = 'read_only';
    await postgresBackend({ sql: admin, table }).publish('orders', 1);
    const connection = { default_transaction_read_only: true };
    const sql = postgres(server.url, { max: 1, ...QUIETLY, connection });
    expect(await errorOf(postgresBackend({ sql, table }).publish('orders', 1))).toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/read-only.*connect to the primary/),
    });
    await sql.end();
    await admin.end();
  });

  test('rights that are revoked while a backend works are named, and when they are back it works', async () => {
    const admin = postgres(server.url, { max: 1, ...QUIETLY });
    const table = 'revoked';
    await postgresBackend({ sql: admin, table }).publish('orders', 'first');
    await admin.unsafe('CREATE ROLE worker LOGIN');
    const tables = `ALL TABLES IN SCHEMA public`;
    const rights = 'SELECT, INSERT, UPDATE, DELETE';
    await admin.unsafe(`GRANT ${rights} ON ${tables} TO worker`);
    const url = new URL(server.url);
    url.username = 'worker';
    const sql = postgres(url.href, { max: 1, ...QUIETLY });
    const backend = postgresBackend({ sql, table });
    await backend.publish('orders', 'second');
    await admin.unsafe(`REVOKE ${rights} ON ${tables} FROM worker`);
    for (const call of [
      () => backend.publish('orders', 'refused'),
      () => backend.dequeue('orders', 0),
      () => backend.ack('a', 1),
    ])
      expect(await errorOf(call())).toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(`grant SELECT, INSERT, UPDATE and DELETE on ${table}`),
      });
    await admin.unsafe(`GRANT ${rights} ON ${tables} TO worker`);
    const payloads = [await backend.dequeue('orders', 0), await backend.dequeue('orders', 0)];
    expect(payloads.map((message) => message?.payload)).toEqual(['first', 'second']);
    expect(await backend.dequeue('orders', 0)).toBeNull();
    await sql.end();
    await admin.end();
  });

  test('a server with too many connections is unavailable, and works when one is free', async () => {
    const admin = postgres(server.url, { max: 1, ...QUIETLY });
    await postgresBackend({ sql: admin, table: 'crowd' }).publish('orders', 1);
    await admin.end();
    const crowd = Array.from({ length: CONNECTIONS }, () =>
      postgres(server.url, { max: 1, ...QUIETLY }),
    );
    // The server may still end the connections of earlier tests.
    for (const one of crowd) await expect.poll(() => errorOf(one`SELECT 1`)).toBe('no error');
    const sql = postgres(server.url, { max: 1, ...QUIETLY, backoff: () => 0.05 });
    const backend = postgresBackend({ sql, table: 'crowd' });
    expect(await errorOf(backend.publish('orders', 2))).toMatchObject({ code: 'unavailable' });
    for (const one of crowd) await one.end();
    const tryAgain = () =>
      backend.publish('orders', 2, null, { id: 'second' }).catch((error: AcklineError) => error);
    await expect.poll(tryAgain).toBe('second');
    await sql.end();
  });

  test('a full disk is a quota error, stores nothing, and leaves what was stored', async (context) => {
    disk = mountSmallDisk('12m');
    context.skip(disk === undefined, 'this process may not mount a small file system');
    const folder = join(String(disk?.folder), 'space');
    mkdirSync(folder);
    const user = postgresUser();
    if (user) chownSync(folder, user.uid, user.gid);
    const admin = postgres(server.url, { max: 1, ...QUIETLY });
    await admin.unsafe(`CREATE TABLESPACE small LOCATION '${folder}'`);
    const connection = { default_tablespace: 'small' };
    const sql = postgres(server.url, { max: 1, ...QUIETLY, connection });
    const backend = postgresBackend({ sql, table: 'small' });
    const payload = () => randomBytes(300_000).toString('base64');
    const stored: string[] = [];
    let refused: unknown;
    while (refused === undefined)
      await backend.publish('orders', payload()).then(
        (id) => stored.push(id),
        (error: unknown) => {
          refused = error;
        },
      );
    expect(refused).toMatchObject({ name: 'QuotaError', code: 'quota' });
    expect(stored.length).toBeGreaterThan(3);
    expect(await backend.stats?.('orders')).toMatchObject({ ready: stored.length });
    const first = await backend.dequeue('orders', 0);
    expect(first?.eventId).toBe(stored[0]);
    await admin.unsafe('DROP TABLE small, small_ackline CASCADE');
    await sql.end();
    await admin.end();
  });
});
