// Covers src/backends/sqlite/lock-wait.ts, src/backends/sqlite/connection.ts
import { sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { openHandles } from './temporary-database.ts';

test('sqliteBackend: a database that stays locked is refused with busy, stores nothing, and works when it is free', async () => {
  const open = openHandles();
  const database = open();
  const backend = sqliteBackend({ database, busyTimeoutMs: 20 });
  await backend.publish('orders', 1);
  const other = open();
  other.exec('BEGIN IMMEDIATE');
  await expect(backend.publish('orders', 2)).rejects.toMatchObject({ code: 'busy' });
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 1 });
  other.exec('COMMIT');
  await backend.publish('orders', 3);
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 2 });
});

test('sqliteBackend: a publish that finds the database locked goes on when the lock ends', async () => {
  const open = openHandles();
  const runtime = new ManualRuntime();
  const backend = sqliteBackend({ database: open(), runtime });
  await backend.publish('orders', 1);
  const other = open();
  other.exec('BEGIN IMMEDIATE');
  let isStored = false;
  const publishing = backend.publish('orders', 2).then(() => (isStored = true));
  await runtime.advance(20);
  expect(isStored).toBe(false);
  other.exec('COMMIT');
  await runtime.advance(100);
  await publishing;
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 2 });
});

test('syncSqliteBackend: waits for a lock, and fails with busy', () => {
  const open = openHandles();
  const backend = syncSqliteBackend({ database: open(), busyTimeoutMs: 5 });
  backend.publish('orders', 1);
  const other = open();
  other.exec('BEGIN IMMEDIATE');
  expect(() => backend.publish('orders', 2)).toThrow(
    expect.objectContaining({ code: 'busy', message: expect.stringContaining('busyTimeoutMs') }),
  );
  other.exec('COMMIT');
});
