// Covers src/backends/sqlite/*.ts
import { DatabaseSync } from 'node:sqlite';
import { AcklineError, EventChannel, QuotaError } from 'ackline';
import { createGroup } from 'ackline/groups';
import { sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { SCHEMA_VERSION } from '../../../src/backends/sqlite/schema.ts';
import { openHandles, temporaryFile } from './temporary-database.ts';

const tablesOf = (database: DatabaseSync) =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name));

test('sqliteBackend: events survive the handle, and come with what is known about them', async () => {
  const open = openHandles();
  const first = sqliteBackend({ database: open() });
  const eventId = await first.publish('orders', { total: 1n }, { trace: new Date(1) });
  await first.shutdown();
  const second = sqliteBackend({ database: open() });
  const message = await second.dequeue('orders', 0);
  expect(message).toMatchObject({ eventId, payload: { total: 1n }, attempts: 1 });
  expect(message?.metadata).toEqual({ trace: new Date(1) });
  expect(await second.ack(eventId)).toBe('ok');
  await second.shutdown();
});

test('sqliteBackend: its tables have a prefix, and those of the program are left alone', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE events (id INTEGER)');
  const backends = [undefined, 'jobs_'].map((tablePrefix) =>
    sqliteBackend({ database, tablePrefix }),
  );
  for (const backend of backends) await backend.publish('orders', 1);
  expect(await backends[0]?.stats?.('orders')).toMatchObject({ ready: 1 });
  const names = tablesOf(database).filter((name) => !name.startsWith('sqlite_'));
  expect(names.filter((name) => !/^(ackline|jobs)_/.test(name))).toEqual(['events']);
  expect(names).toContain('jobs_places');
});

test('sqliteBackend: tables of a newer version are refused with newer-schema, and left as they are', async () => {
  const open = openHandles();
  await sqliteBackend({ database: open() }).publish('orders', 1);
  const database = open();
  database.exec(`UPDATE ackline_state SET version = ${SCHEMA_VERSION + 1}`);
  const newer = sqliteBackend({ database });
  await expect(newer.publish('orders', 2)).rejects.toMatchObject({ code: 'newer-schema' });
  await expect(newer.dequeue('orders', 0)).rejects.toMatchObject({ code: 'newer-schema' });
  expect(database.prepare('SELECT count(*) AS n FROM ackline_events').get()).toEqual({ n: 1 });
});

test('sqliteBackend: a table of its name that it did not make is refused with foreign-database', async () => {
  for (const sql of [
    'CREATE TABLE ackline_events (id)',
    'CREATE TABLE ackline_state (id)',
    'CREATE TABLE ackline_state (id, version); INSERT INTO ackline_state VALUES (1, 1)',
  ]) {
    const database = new DatabaseSync(':memory:');
    database.exec(sql);
    const backend = sqliteBackend({ database });
    await expect(backend.publish('orders', 1)).rejects.toMatchObject({ code: 'foreign-database' });
    expect(tablesOf(database)).toHaveLength(1);
  }
});

test('sqliteBackend: refuses bad options with option, expectation and value', () => {
  const database = new DatabaseSync(':memory:');
  for (const [options, message] of [
    [
      {},
      'database must be the open handle of a SQLite database, such as new DatabaseSync(path), got undefined',
    ],
    [
      { database: 'queue.db' },
      'database must be the open handle of a SQLite database, such as new DatabaseSync(path), got "queue.db"',
    ],
    [{ database, tablePrefix: 'a-b' }, 'tablePrefix must be a string that matches'],
    [{ database, durability: 'safe' }, "durability must be 'relaxed' or 'strict', got \"safe\""],
    [
      { database, busyTimeoutMs: -1 },
      'busyTimeoutMs must be a whole number of milliseconds from 0',
    ],
    [{ database, maxDeadLetters: 0 }, 'maxDeadLetters must be a whole number from 1, got 0'],
    [
      { database, hintIntervalMs: 0 },
      'hintIntervalMs must be a whole number of milliseconds from 1',
    ],
    [{ database, runtime: {} }, 'runtime must be a Runtime'],
    [{ database, path: 'x' }, 'there is no option "path"'],
    [undefined, 'options must be an object with database, got undefined'],
  ] as const)
    expect(() => sqliteBackend(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) }),
    );
  expect(() => syncSqliteBackend({ database, hintIntervalMs: 5 } as never)).toThrow(
    'there is no option "hintIntervalMs"',
  );
});

test('sqliteBackend: a full database is a QuotaError, and what is stored can be acknowledged', async () => {
  const database = new DatabaseSync(temporaryFile());
  const backend = sqliteBackend({ database });
  await backend.publish('orders', 'first');
  database.exec('PRAGMA max_page_count = 1');
  const large = 'x'.repeat(100_000);
  const error: unknown = await backend.publish('orders', large).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(QuotaError);
  const message = await backend.dequeue('orders', 0);
  expect(message?.payload).toBe('first');
  expect(await backend.ack(message?.eventId ?? '')).toBe('ok');
});

test('sqliteBackend: a closed handle, and one inside a transaction of the program, are storage errors', async () => {
  const database = new DatabaseSync(':memory:');
  const backend = sqliteBackend({ database });
  await backend.publish('orders', 1);
  database.exec('BEGIN');
  await expect(backend.publish('orders', 2)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('a handle of its own'),
  });
  database.exec('COMMIT');
  await backend.publish('orders', 3);
  database.close();
  await expect(backend.publish('orders', 4)).rejects.toMatchObject({ code: 'storage' });
  expect(await backend.publish('orders', 4).catch((error) => error)).toBeInstanceOf(AcklineError);
});

test('sqliteBackend: a consumer is woken by a commit of a connection that this thread does not know', async () => {
  const runtime = new ManualRuntime();
  const file = temporaryFile();
  const backend = sqliteBackend({ database: new DatabaseSync(file), runtime, hintIntervalMs: 50 });
  const waiting = backend.dequeue('orders', 60_000);
  await runtime.settle();
  const foreign = new DatabaseSync(file);
  foreign.exec(`BEGIN;
    INSERT INTO ackline_events (created_at, payload) VALUES (1, '"hello"');
    INSERT INTO ackline_places (queue, place, rank, seq, event_id, level, available_at)
    VALUES ('orders', 0, 0, last_insert_rowid(), 'a', 0, 1);
    COMMIT`);
  await runtime.advance(49);
  let isOver = false;
  void waiting.then(() => {
    isOver = true;
  });
  await runtime.settle();
  expect(isOver).toBe(false);
  await runtime.advance(1);
  expect((await waiting)?.payload).toBe('hello');
  await backend.shutdown();
  expect(runtime.pendingTimers).toBe(0);
});

test('sqliteBackend: publishes of one turn are one commit, and a refused one fails alone', async () => {
  const database = new DatabaseSync(':memory:');
  const backend = sqliteBackend({ database });
  const options = { maxBacklog: 2 };
  const ended = await Promise.allSettled(
    [1, 2, 3, 4].map((payload) => backend.publish('orders', payload, null, options)),
  );
  expect(ended.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  ]);
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 2 });
});

test('sqliteBackend: a channel without limit of dead letters keeps the newest of them', async () => {
  const backend = sqliteBackend({ database: new DatabaseSync(':memory:'), maxDeadLetters: 2 });
  const reports: unknown[] = [];
  backend.observe?.((event) => event.type === 'dead-letters-dropped' && reports.push(event));
  for (const payload of [1, 2, 3, 4]) {
    await backend.publish('orders', payload);
    const message = await backend.dequeue('orders', 0);
    await backend.reject?.(message?.eventId ?? '');
  }
  const letters = await backend.deadLetters?.('orders', 10);
  expect(letters?.map(({ payload }) => payload)).toEqual([3, 4]);
  expect(reports).toHaveLength(2);
});

test('sqliteBackend: no row is left behind by events that have ended', async () => {
  const database = new DatabaseSync(':memory:');
  const events = new EventChannel({ backend: sqliteBackend({ database }) });
  await createGroup(events, 'orders', 'mail');
  for (let number = 0; number < 20; number += 1)
    await events.publish('orders', number, null, number % 2 ? { key: `k${number % 3}` } : {});
  for (const group of [undefined, 'mail'])
    for (let left = 20; left > 0; left -= 1)
      await (await events.dequeue('orders', { pollIntervalMs: 0, group }))?.ack();
  for (const table of ['events', 'places', 'held', 'lines', 'dead'])
    expect(database.prepare(`SELECT count(*) AS n FROM ackline_${table}`).get()).toEqual({ n: 0 });
  await events.shutdown();
});

test('sqliteBackend: a handle that returns integers as BigInt is refused', async () => {
  const database = new DatabaseSync(':memory:', { readBigInts: true });
  await expect(sqliteBackend({ database }).publish('orders', 1)).rejects.toThrow(
    new TypeError('database must be a handle that returns integers as numbers, got 1n'),
  );
});

test('shutdown: does not need the handle where nothing is leased', async () => {
  for (const isUsed of [false, true]) {
    const database = new DatabaseSync(':memory:');
    const [backend, sync] = [sqliteBackend({ database }), syncSqliteBackend({ database })];
    if (isUsed) sync.publish('orders', 1);
    database.close();
    await backend.shutdown();
    sync.shutdown();
  }
});
