// Covers src/backends/sqlite/sqlite-errors.ts, src/backends/sqlite/async-store.ts
import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type SqliteDatabase, sqliteBackend } from 'ackline/sqlite';
import { expect, test } from 'vitest';
import { storageError } from '../../../src/backends/sqlite/sqlite-errors.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { openHandles, temporaryFile } from './temporary-database.ts';

const PAGE = 4_096;

/** What a publish and a claim fail with. */
async function failuresOf(database: SqliteDatabase): Promise<unknown[]> {
  const backend = sqliteBackend({ database });
  const failures: unknown[] = [];
  for (const call of [() => backend.publish('orders', 1), () => backend.dequeue('orders', 0)])
    await call().catch((error: unknown) => failures.push(error));
  return failures;
}

function expectEach(failures: readonly unknown[], code: string, message: RegExp): void {
  expect(failures).toHaveLength(2);
  for (const failure of failures)
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
}

test('sqliteBackend: a handle that is read-only is named, with tables and without', async () => {
  const file = temporaryFile();
  const writable = new DatabaseSync(file);
  for (const isMade of [false, true]) {
    if (isMade) await sqliteBackend({ database: writable }).publish('orders', 1);
    else writable.exec('CREATE TABLE other (x)');
    const readOnly = new DatabaseSync(file, { readOnly: true });
    const said = /is read-only: open it for writing.* \(attempt to write a readonly database\)$/;
    expectEach(await failuresOf(readOnly), 'storage', said);
  }
});

test('sqliteBackend: a file that is no database is refused as foreign, and left as it is', async () => {
  const file = temporaryFile();
  writeFileSync(file, 'a text '.repeat(1_000));
  const said = /^the file is no SQLite database \(file is not a database\): open another path$/;
  expectEach(await failuresOf(new DatabaseSync(file)), 'foreign-database', said);
  expect(statSync(file).size).toBe(7_000);
});

test('sqliteBackend: damaged pages are named, with what to do', async () => {
  const file = temporaryFile();
  const database = new DatabaseSync(file);
  await sqliteBackend({ database }).publish('orders', 'x'.repeat(100_000));
  database.close();
  const handle = openSync(file, 'r+');
  for (let at = 2 * PAGE; at < statSync(file).size; at += PAGE)
    writeSync(handle, Buffer.alloc(PAGE, 0xab), 0, PAGE, at);
  closeSync(handle);
  const said = /^the file is damaged: end all processes that use it, .*malformed\)$/;
  expectEach(await failuresOf(new DatabaseSync(file)), 'storage', said);
});

test('sqliteBackend: the error of a long lock names the time that the call has waited', async () => {
  const open = openHandles();
  const backend = sqliteBackend({ database: open(), busyTimeoutMs: 20 });
  await backend.publish('orders', 1);
  const other = open();
  other.exec('BEGIN IMMEDIATE');
  for (const call of [() => backend.publish('orders', 2), () => backend.dequeue('orders', 0)])
    await expect(call()).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('locked for 20 ms (busyTimeoutMs); nothing was stored'),
      cause: { errcode: 5 },
    });
  other.exec('COMMIT');
});

test('sqliteBackend: a full disk refuses publishes and settlements, and loses nothing that was stored', async (context) => {
  const disk = mountSmallDisk('600k');
  context.skip(disk === undefined, 'this process may not mount a small file system');
  if (!disk) return;
  const database = new DatabaseSync(join(disk.folder, 'queue.db'));
  const backend = sqliteBackend({ database });
  const stored: string[] = [];
  let refused: unknown;
  while (refused === undefined)
    await backend.publish('orders', 'x'.repeat(3_000)).then(
      (id) => stored.push(id),
      (error: unknown) => {
        refused = error;
      },
    );
  expect(refused).toMatchObject({ name: 'QuotaError', code: 'quota' });
  expect(stored.length).toBeGreaterThan(10);
  expect(await backend.stats?.('orders')).toMatchObject({ ready: stored.length });
  disk.grow('4m');
  const acknowledged: string[] = [];
  for (let left = stored.length; left > 0; left -= 1) {
    const message = await backend.dequeue('orders', 0);
    if (message && (await backend.ack(message.eventId)) === 'ok')
      acknowledged.push(message.eventId);
  }
  expect(acknowledged).toEqual(stored);
  await backend.shutdown();
  database.close();
  disk.remove();
});

test.each([
  ['a number', { errcode: 8 }],
  ['a number with details', { errno: 8 | (3 << 8) }],
  ['a name', { code: 'SQLITE_READONLY' }],
  ['a name with details', { code: 'SQLITE_READONLY_DBMOVED' }],
])('storageError: the code of a client is %s', (_, properties) => {
  const error = Object.assign(new Error('said'), properties);
  expect(storageError(error).message).toMatch(/ is read-only: .* \(said\)$/);
});
