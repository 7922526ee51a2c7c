// Covers src/backends/indexeddb/cleanup/spent-segments.ts, src/backends/indexeddb/cleanup/sweep-segments.ts
import { describe, expect, test } from 'vitest';
import { drafts, openDatabase, payloadsOf, settled } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

const CLEARED_MS = 250;

/** Publishes `count` events separately, and settles all of them. */
async function settle({ open }: ReturnType<typeof openDatabase>, count: number) {
  const backend = open();
  for (const { payload } of drafts('a', count)) await backend.publish('a', payload);
  const messages = await backend.dequeueMany('a', count, 0);
  await Promise.all(messages.map(({ eventId }) => backend.ack(eventId)));
  return backend;
}

describe('spent segments', () => {
  test('are deleted after the settlement, a quarter of a second later', async () => {
    const database = openDatabase();
    await settle(database, 3);
    await database.runtime.advance(CLEARED_MS - 1);
    expect(await database.rows('segments')).toHaveLength(3);
    await database.runtime.advance(1);
    expect(await database.rows('segments')).toEqual([]);
    expect(database.runtime.pendingTimers).toBe(0);
  });

  test('are not deleted one by one in the meantime by a consumer that finds nothing', async () => {
    const database = openDatabase();
    const backend = await settle(database, 3);
    expect(await backend.dequeue('a', 0)).toBeNull();
    expect(await database.rows('segments')).toHaveLength(3);
    expect(await database.rowsLeft('segments')).toEqual([]);
  });

  test('are pending for their queue until they are deleted', async () => {
    const { backend, store, runtime } = await openStore();
    await backend.publish('a', 1);
    const message = await backend.dequeue('a', 0);
    expect(store.spentSegments.isPending('a')).toBe(false);
    await backend.ack(String(message?.eventId));
    expect(['a', 'b'].map((queue) => store.spentSegments.isPending(queue))).toEqual([true, false]);
    await runtime.advance(CLEARED_MS);
    expect(store.spentSegments.isPending('a')).toBe(false);
  });

  test('are deleted at once where there are many', async () => {
    const database = openDatabase();
    await settle(database, 16);
    await expect.poll(() => database.rows('segments')).toEqual([]);
    expect(database.runtime.pendingTimers).toBe(0);
  });

  test('are deleted at shutdown', async () => {
    const database = openDatabase();
    const backend = await settle(database, 3);
    await backend.shutdown();
    expect(await database.rows('segments')).toEqual([]);
    expect(database.runtime.pendingTimers).toBe(0);
  });

  test('are deleted by another context where their own context has ended first', async () => {
    const database = openDatabase();
    await settle(database, 3);
    expect(await database.open().dequeue('a', 0)).toBeNull();
    await database.tidied();
    expect(await database.rows('segments')).toEqual([]);
  });

  test('are not searched in a database that has replaced theirs', async () => {
    const database = openDatabase();
    await settle(database, 3);
    await settled(indexedDB.deleteDatabase(database.database));
    const other = database.open();
    for (const { payload } of drafts('a', 3)) await other.publish('a', payload);
    await database.runtime.advance(CLEARED_MS);
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([0, 1, 2]);
  });

  test('are deleted although other events of their commit wait again, as soon as these are settled too', async () => {
    const { open, rows, rowsLeft } = openDatabase();
    const backend = open();
    await backend.publishMany(drafts('a', 2));
    const [first, second] = await backend.dequeueMany('a', 2, 0);
    await backend.ack(String(first?.eventId));
    await backend.nack(String(second?.eventId));
    expect(await rowsLeft('segments')).toHaveLength(1);
    await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
    expect(await rows('segments')).toHaveLength(1);
    expect(await rowsLeft('segments')).toEqual([]);
  });
});

test('a scan continues after the events that other contexts claim meanwhile', async () => {
  const { backend, connection, open } = await openStore();
  const other = open().backend;
  await other.publishMany(drafts('a', 1));
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 0 });
  for (const { payload } of drafts('a', 500)) await other.publish('a', payload);
  const read = connection.read.bind(connection);
  let scans = 0;
  let takenCount = 0;
  connection.read = async (stores, issue) => {
    scans += 1;
    // One scan reads fewer segments.
    if (scans <= 3) takenCount += (await other.dequeueMany('a', 150, 0)).length;
    return read(stores, issue);
  };
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: takenCount });
});
