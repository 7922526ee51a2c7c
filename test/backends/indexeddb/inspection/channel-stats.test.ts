import { expect, test, vi } from 'vitest';
import { drafts, openDatabase, settled } from '../open-indexeddb.ts';

test('stats: sizes of segments are forgotten when another database replaces theirs', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 5));
  expect(await backend.stats('a')).toMatchObject({ ready: 5 });
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 1);
  expect(await backend.stats('a')).toMatchObject({ ready: 1 });
});

test('stats: a backlog that was counted is not read again', async () => {
  const { open } = openDatabase();
  const [backend, other] = [open(), open()];
  for (let payload = 0; payload < 150; payload += 1) await other.publish('a', payload);
  expect(await backend.stats('a')).toMatchObject({ ready: 150 });
  const read = vi.spyOn(IDBIndex.prototype, 'getAll');
  const rows = async () => {
    const all = await Promise.all(read.mock.results.map(({ value }) => value.result as unknown[]));
    return all.reduce((sum, result) => sum + result.length, 0);
  };
  await other.publishMany(drafts('a', 3));
  expect(await backend.stats('a')).toMatchObject({ ready: 153 });
  expect(await rows()).toBe(1);
  read.mockRestore();
  for (const message of await other.dequeueMany('a', 100, 0)) await other.ack(message.eventId);
  expect(await backend.stats('a')).toMatchObject({ ready: 53, leased: 0 });
});
