// Covers src/postgres.ts
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { EventChannel } from 'ackline';
import {
  type PostgresBackend,
  type PostgresTransaction,
  postgresBackend,
  postgresSchema,
} from 'ackline/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { expectTypeOf, test } from 'vitest';

test('postgresBackend: takes the clients as their packages describe them', () => {
  const sql = postgres('');
  for (const client of [sql, new pg.Pool(), new pg.Client(), new PGlite()])
    expectTypeOf(postgresBackend({ sql: client })).toEqualTypeOf<PostgresBackend>();
  // @ts-expect-error -- a URL is no client
  postgresBackend({ sql: 'postgres://localhost' });
  // @ts-expect-error -- sql is required
  postgresBackend({ table: 'events' });
  // @ts-expect-error -- there is no option url
  postgresBackend({ sql, url: '' });
  expectTypeOf(postgresSchema({ table: 'events' })).toEqualTypeOf<string>();
});

test('publish: takes the client of a transaction', () => {
  const sql = postgres('');
  const events = new EventChannel({ backend: postgresBackend({ sql }) });
  void sql.begin((tx) => events.publish('orders', 1, null, { sql: tx }));
  expectTypeOf<postgres.TransactionSql>().toExtend<PostgresTransaction>();
  expectTypeOf<pg.PoolClient>().toExtend<PostgresTransaction>();
  expectTypeOf<Transaction>().toExtend<PostgresTransaction>();
  // @ts-expect-error -- a name is no client
  void events.publish('orders', 1, null, { sql: 'tx' });
});
