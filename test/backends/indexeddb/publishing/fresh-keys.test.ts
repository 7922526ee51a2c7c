import { expect, test } from 'vitest';
import { FreshKeys } from '../../../../src/backends/indexeddb/publishing/fresh-keys.ts';
import type { EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { countRequests } from '../../../support/count-requests.ts';
import { type OpenStore, openStore } from '../open-store.ts';

const K = new Set(['k']);

function newestOf(given: Partial<EpochRow> = {}): EpochRow {
  const row = { v: 1, queue: 'a', epoch: 1, cursor: { seq: 0, at: 0 }, sparedSeq: 0 };
  return { ...row, spentEpoch: 0, spentAt: 0, ...given };
}

async function publish({ backend }: OpenStore, channel: string, ...keys: (string | undefined)[]) {
  await backend.publishMany(
    keys.map((key, payload) => ({
      channel,
      payload,
      ...(key !== undefined && { options: { key } }),
    })),
  );
}

async function placesOf(fresh: FreshKeys, newest: EpochRow, keys = K): Promise<string[]> {
  return (await fresh.find(newest, keys)).map(({ seq, at }) => `${seq}:${at}`);
}

test('finds the events of the keys from the cursor on, each once, however often it is asked', async () => {
  const db = await openStore();
  await publish(db, 'a', 'k', 'other', 'k');
  await publish(db, 'a', undefined);
  await publish(db, 'b', 'k');
  const fresh = new FreshKeys(db.connection);
  expect(await placesOf(fresh, newestOf())).toEqual(['1:0', '1:2']);
  await publish(db, 'a', 'k');
  expect(await placesOf(fresh, newestOf())).toEqual(['1:0', '1:2', '4:0']);
  expect(await placesOf(fresh, newestOf(), new Set(['k', 'other', 'none']))).toEqual([
    ...['1:0', '1:1', '1:2', '4:0'],
  ]);
  expect(await placesOf(fresh, newestOf({ cursor: { seq: 1, at: 1 } }))).toEqual(['1:2', '4:0']);
  expect(await placesOf(fresh, newestOf({ cursor: { seq: 2, at: 0 } }))).toEqual(['4:0']);
  expect(await placesOf(fresh, newestOf({ cursor: { seq: 5, at: 0 } }))).toEqual([]);
});

test('reads each segment once, however many there are', async () => {
  const db = await openStore();
  for (let count = 0; count < 64; count += 1) await publish(db, 'a', 'k');
  const fresh = new FreshKeys(db.connection);
  const first = countRequests();
  expect(await placesOf(fresh, newestOf())).toHaveLength(64);
  first.stop();
  expect(first.rows).toBe(64);
  await publish(db, 'a', 'k');
  const second = countRequests();
  expect(await placesOf(fresh, newestOf())).toHaveLength(65);
  second.stop();
  expect(second.rows).toBe(1);
});

test('keeps the keys of several queues apart, and forgets them all with the database', async () => {
  const db = await openStore();
  await publish(db, 'a', 'k');
  await publish(db, 'b', 'k');
  const fresh = new FreshKeys(db.connection);
  expect(await placesOf(fresh, newestOf())).toEqual(['1:0']);
  expect(await placesOf(fresh, newestOf({ queue: 'b' }))).toEqual(['2:0']);
  const counted = countRequests();
  expect(await placesOf(fresh, newestOf())).toEqual(['1:0']);
  expect(counted.rows).toBe(0);
  fresh.clear();
  expect(await placesOf(fresh, newestOf())).toEqual(['1:0']);
  expect(counted.rows).toBe(1);
});

test('in a queue beside groups only the segments that were copied are its own', async () => {
  const db = await openStore();
  for (let count = 0; count < 3; count += 1) await publish(db, 'a', 'k');
  const fresh = new FreshKeys(db.connection);
  expect(await placesOf(fresh, newestOf({ copiedSeq: 2 }))).toEqual(['1:0']);
  expect(await placesOf(fresh, newestOf({ copiedSeq: 3 }))).toEqual(['1:0', '2:0']);
});

test('a segment that a copy step has deleted is not found, whether it was read before the groups or before the step', async () => {
  const db = await openStore();
  for (let count = 0; count < 3; count += 1) await publish(db, 'a', 'k');
  const [before, beside] = [new FreshKeys(db.connection), new FreshKeys(db.connection)];
  expect(await placesOf(before, newestOf())).toEqual(['1:0', '2:0', '3:0']);
  expect(await placesOf(beside, newestOf({ copiedSeq: 2 }))).toEqual(['1:0']);
  // Its events have a delay, so the plain queue gets a row for each of them.
  await db.connection.write([['delete', 'segments', 2]]);
  const copied = newestOf({ copiedSeq: 4 });
  for (const fresh of [before, beside])
    expect(await placesOf(fresh, copied)).toEqual(['1:0', '3:0']);
});

test('an event is found with its id and its retention', async () => {
  const db = await openStore();
  const kept = { key: 'k', retentionMs: 9, id: 'kept' };
  await db.backend.publishMany([
    { channel: 'a', payload: 1, options: { key: 'other' } },
    { channel: 'a', payload: 2, options: kept },
  ]);
  expect(await new FreshKeys(db.connection).find(newestOf(), K)).toEqual([
    { seq: 1, at: 1, eventId: 'kept', retentionMs: 9 },
  ]);
});

test('rows of other programs are passed over', async () => {
  const db = await openStore();
  await db.write('segments', { v: 1, queue: 'a', keys: ['k'], ids: 5 });
  await publish(db, 'a', 'k');
  expect(await placesOf(new FreshKeys(db.connection), newestOf())).toEqual(['2:0']);
});
