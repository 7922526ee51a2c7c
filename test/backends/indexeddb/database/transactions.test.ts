// Covers src/backends/indexeddb/database/storage-errors.ts
import { expect, test } from 'vitest';
import { isLost } from '../../../../src/backends/indexeddb/database/storage-errors.ts';
import { write } from '../../../../src/backends/indexeddb/database/transactions.ts';
import { openStore } from '../open-store.ts';

test('write: what is under way when the connection is taken away is lost, though the platform tells nothing of it', async () => {
  // As Chromium has it where site data is cleared: neither `complete` nor `abort` comes.
  const transaction = { objectStore: () => ({ put: () => ({}) }), commit: () => undefined };
  const database = Object.assign(new EventTarget(), { transaction: () => transaction });
  const writing = write(database as unknown as IDBDatabase, [['put', 'late', {}]]);
  database.dispatchEvent(new Event('close'));
  const error = await writing.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'storage' });
  expect(isLost(error)).toBe(true);
});

test('read: of nothing is over at once', async () => {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1);
  expect(await connection.read(['late'], () => [])).toEqual([]);
});
