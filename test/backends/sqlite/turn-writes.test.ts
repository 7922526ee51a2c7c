// Covers src/backends/sqlite/turn-writes.ts
import { sqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../src/backends/sqlite/sqlite-handle.ts';
import { openHandles } from './temporary-database.ts';

function countingCommits(): {
  readonly database: SqliteDatabase;
  readonly commits: () => number;
  readonly lock: () => void;
  readonly unlock: () => void;
} {
  const open = openHandles();
  const [handle, other] = [open(), open()];
  let commits = 0;
  const database: SqliteDatabase = {
    exec: (sql) => handle.exec(sql),
    prepare(sql) {
      const statement = handle.prepare(sql);
      if (sql !== 'COMMIT') return statement;
      return {
        all: (...values) => statement.all(...values),
        get: (...values) => statement.get(...values),
        run(...values) {
          commits += 1;
          return statement.run(...values);
        },
      };
    },
  };
  return {
    database,
    commits: () => commits,
    lock: () => other.exec('BEGIN IMMEDIATE'),
    unlock: () => other.exec('COMMIT'),
  };
}

test('calls that find the database locked, and those that come meanwhile, are one commit when it is free', async () => {
  const { database, commits, lock, unlock } = countingCommits();
  const runtime = new ManualRuntime();
  const backend = sqliteBackend({ database, runtime });
  await backend.publishMany?.([1, 2].map((payload) => ({ channel: 'orders', payload })));
  const first = await backend.dequeue('orders', 0);
  const before = commits();
  lock();
  const acked = backend.ack(first?.eventId ?? '', first?.lease);
  const second = backend.dequeue('orders', 0);
  await runtime.advance(5);
  const published = backend.publish('orders', 3);
  await runtime.advance(5);
  expect(commits()).toBe(before);
  unlock();
  await runtime.advance(100);
  expect(await acked).toBe('ok');
  expect((await second)?.payload).toBe(2);
  await published;
  expect(commits()).toBe(before + 1);
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 1, leased: 1 });
  await backend.shutdown();
});

test('a call that waits for the lock with others fails by its own time, and the others go on', async () => {
  const { database, lock, unlock } = countingCommits();
  const runtime = new ManualRuntime();
  const backend = sqliteBackend({ database, runtime, busyTimeoutMs: 1_000 });
  await backend.publish('orders', 1);
  lock();
  const early = backend.publish('orders', 2).catch((error: unknown) => error);
  const claimed = backend.dequeue('orders', 0).catch((error: unknown) => error);
  await runtime.advance(600);
  const late = backend.publish('orders', 3);
  await runtime.advance(600);
  for (const error of [await early, await claimed])
    expect(error).toMatchObject({
      code: 'busy',
      message: expect.stringContaining('locked for 1000 ms'),
    });
  unlock();
  await runtime.advance(100);
  await late;
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 2, leased: 0 });
  await backend.shutdown();
});
