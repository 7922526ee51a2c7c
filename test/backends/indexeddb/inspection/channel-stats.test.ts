import { expect, test, vi } from 'vitest';
import { StatsCounter } from '../../../../src/backends/indexeddb/inspection/channel-stats.ts';
import { drafts, openDatabase, settled } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

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

test('stats: segments that were read before the groups are read again, because a copy step may have deleted them', async () => {
  const db = await openStore();
  const counter = new StatsCounter(db.connection, async () => {});
  await db.backend.publishMany(drafts('a', 2));
  expect(await counter.stats('a', 0)).toMatchObject({ ready: 2 });
  const groups = { v: 1, queue: 'a', epoch: 1, cursor: { seq: 0, at: 0 }, copiedSeq: 2 };
  const copied = { ...groups, spentEpoch: 0, spentAt: 0, sparedSeq: 0, youngEpoch: 0 };
  await db.connection.write([
    ['delete', 'segments', 1],
    ['add', 'epochs', copied],
  ]);
  expect(await counter.stats('a', 0)).toMatchObject({ ready: 0 });
});

test('stats: rows of other programs are not counted as events', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  const opened = await settled(indexedDB.open(database));
  const segments = opened.transaction('segments', 'readwrite').objectStore('segments');
  await settled(segments.add({ v: 1, queue: 'a', ids: ['x', 'y'] }));
  opened.close();
  await backend.publish('a', 2);
  expect(await backend.stats('a')).toMatchObject({ ready: 2 });
  expect(await backend.stats('a')).toMatchObject({ ready: 2 });
});

test('stats: an event whose key is free again counts once, and the row that frees the key does not', async () => {
  const { open } = openDatabase();
  const backend = open();
  await backend.publishMany(
    ['x', 'y', 'z'].map((payload) => ({ channel: 'a', payload, options: { key: 'k' } })),
  );
  const first = await backend.dequeue('a', 0);
  expect(await backend.dequeue('a', 0)).toBe(null);
  expect(await backend.stats('a')).toMatchObject({ ready: 2, leased: 1, scheduled: 0 });
  await backend.ack(String(first?.eventId), first?.lease);
  expect(await backend.stats('a')).toMatchObject({ ready: 2, leased: 0, scheduled: 0 });
});

test('stats: another context that has counted a segment counts what is left of it', async () => {
  const { open } = openDatabase();
  const [backend, other] = [open(), open()];
  await backend.publishMany(drafts('a', 5));
  await backend.publishMany(drafts('a', 2));
  expect(await other.stats('a')).toMatchObject({ ready: 7 });
  await backend.dequeueMany('a', 3, 0);
  expect(await other.stats('a')).toMatchObject({ ready: 4, leased: 3 });
  await backend.dequeueMany('a', 3, 0);
  expect(await other.stats('a')).toMatchObject({ ready: 1, leased: 6 });
});
