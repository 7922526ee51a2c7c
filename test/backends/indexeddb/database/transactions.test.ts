// Covers src/backends/indexeddb/database/storage-errors.ts
import { expect, test } from 'vitest';
import { isLost } from '../../../../src/backends/indexeddb/database/storage-errors.ts';
import { write } from '../../../../src/backends/indexeddb/database/transactions.ts';
import { openStore } from '../open-store.ts';

test('write: a transaction in progress rejects when the connection is lost, also if the platform fires no event', async () => {
  // When site data is cleared, Chromium fires neither `complete` nor `abort`.
  const transaction = { objectStore: () => ({ put: () => ({}) }), commit: () => undefined };
  const database = Object.assign(new EventTarget(), { transaction: () => transaction });
  const writing = write(database as unknown as IDBDatabase, [['put', 'late', {}]]);
  database.dispatchEvent(new Event('close'));
  const error = await writing.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'storage' });
  expect(isLost(error)).toBe(true);
});

test('read: without requests resolves at once', async () => {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1);
  expect(await connection.read(['late'], () => [])).toEqual([]);
});
