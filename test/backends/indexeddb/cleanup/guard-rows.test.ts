// Covers src/backends/indexeddb/cleanup/sweep-segments.ts, src/backends/indexeddb/database/read-locks.ts
import { expect, onTestFinished, test, vi } from 'vitest';
import { CLAIM_STORES } from '../../../../src/backends/indexeddb/scanning/claim-table.ts';
import type { EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { drafts, type FullBackend, openDatabase } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';
import { replaceAfterRead } from '../replace-after-read.ts';

const STORES = ['segments', 'late', 'returned', 'claims', 'epochs', 'endings'];

async function countRows({ rows }: ReturnType<typeof openDatabase>) {
  const counts = await Promise.all(
    STORES.map(async (store) => [store, (await rows(store)).length]),
  );
  return Object.fromEntries(counts);
}

/** The rows that remain of one channel after all its events and guard rows are gone. */
const FIXED = { segments: 0, late: 0, returned: 0, claims: 0, epochs: 1, endings: 0 };

async function letMinutesPass(
  { runtime, tidied }: ReturnType<typeof openDatabase>,
  backend: FullBackend,
): Promise<void> {
  // In small steps, because no context decides by a read that is older than ten seconds.
  for (let passedMs = 0; passedMs < 183_000; passedMs += 5_000) {
    await runtime.advance(5_000);
    expect(await backend.dequeue('a', 0)).toBeNull();
    await tidied();
  }
}

test('a claim that is settled event by event leaves no guards, although no other claim follows', async () => {
  const database = openDatabase();
  const backend = database.open();
  await backend.publishMany(drafts('a', 20));
  for (const { eventId } of await backend.dequeueMany('a', 20, 0)) await backend.ack(eventId);
  expect(await countRows(database)).toMatchObject({ epochs: 1, endings: 20 });
  await letMinutesPass(database, backend);
  expect(await countRows(database)).toEqual(FIXED);
});

test('a context without BroadcastChannel, which no other can ask to read again, does not prevent the deletion of guards', {
  timeout: 30_000,
}, async () => {
  const database = openDatabase();
  vi.stubGlobal('BroadcastChannel', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  expect(await database.open().dequeue('a', 0)).toBeNull();
  vi.unstubAllGlobals();
  const backend = database.open();
  // In the first round that context also deletes guard rows, and reads again itself.
  for (let round = 0; round < 2; round += 1) {
    await backend.publishMany(drafts('a', 20));
    for (const { eventId } of await backend.dequeueMany('a', 20, 0)) await backend.ack(eventId);
    expect((await countRows(database))['endings']).toBe(20);
    // Guard rows are kept for another minute if a context reads without a visible lock.
    for (let wait = 0; wait < 2; wait += 1) await letMinutesPass(database, backend);
    expect(await countRows(database)).toEqual(FIXED);
  }
});

test('a channel with an occasional event leaves one guard', async () => {
  const database = openDatabase();
  const backend = database.open();
  for (let minute = 0; minute < 5; minute += 1) {
    await database.runtime.advance(61_000);
    await backend.publish('a', minute);
    await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
  }
  await letMinutesPass(database, backend);
  expect(await countRows(database)).toEqual(FIXED);
  // Afterwards nothing is written for the channel.
  await letMinutesPass(database, backend);
  expect(await database.rows('epochs')).toHaveLength(1);
});

test('while a lease is held for hours, no guard rows accumulate', async () => {
  const database = openDatabase();
  const [holder, other] = [database.open(), database.open()];
  await holder.publish('a', 'long');
  const held = await holder.dequeue('a', 0, { maxHoldMs: 86_400_000 });
  for (let minute = 0; minute < 30; minute += 1) {
    await database.runtime.advance(61_000);
    expect(await other.dequeue('a', 0)).toBeNull();
    await database.tidied();
  }
  expect((await database.rows('epochs')).length).toBeLessThanOrEqual(3);
  expect(await holder.ack(String(held?.eventId))).toBe('ok');
  await letMinutesPass(database, other);
  expect(await countRows(database)).toEqual(FIXED);
});

test('the rows of nacks, delays and rejects are deleted with their events', async () => {
  const database = openDatabase();
  const backend = database.open();
  await backend.publishMany(drafts('a', 4));
  await backend.publish('a', 'late', null, { delayMs: 10 });
  await database.runtime.advance(10);
  const [first, second, third, ...others] = await backend.dequeueMany('a', 9, 0);
  await backend.nack(String(first?.eventId));
  await backend.nack(String(second?.eventId), undefined, { delayMs: 20 });
  await backend.reject(String(third?.eventId));
  for (const { eventId } of others) await backend.nack(eventId);
  expect(await countRows(database)).toMatchObject({ returned: 4, late: 1 });
  await database.runtime.advance(20);
  for (const { eventId } of await backend.dequeueMany('a', 9, 0)) await backend.ack(eventId);
  await letMinutesPass(database, backend);
  expect(await countRows(database)).toEqual(FIXED);
});

test('segments that two contexts shared are all deleted when one of them is idle, even thousands', async () => {
  const database = openDatabase();
  const [first, second] = [database.open(), database.open()];
  for (let index = 0; index < 1_100; index += 1) await first.publishMany(drafts('a', 2));
  for (const [backend, verb] of [
    [first, 'nack'],
    [second, 'ack'],
  ] as const)
    for (let count = 0; count < (verb === 'nack' ? 2_200 : 1_100); ) {
      const messages = await backend.dequeueMany('a', 128, 0);
      const later = { delayMs: 1_000 };
      const settle = ({ eventId, payload }: { eventId: string; payload: unknown }) =>
        payload === 1 && verb === 'nack'
          ? backend.nack(eventId, undefined, later)
          : backend.ack(eventId);
      await Promise.all(messages.map(settle));
      count += messages.length;
      if (count === 2_200) await database.runtime.advance(1_000);
    }
  expect(await database.rowsLeft('segments')).toHaveLength(1_100);
  expect(await second.dequeue('a', 0)).toBeNull();
  await database.tidied();
  expect(await database.rows('segments')).toEqual([]);
});

test('a new context does not scan over the segments that were deleted before it started', async () => {
  const database = openDatabase();
  const backend = database.open();
  await backend.publishMany(drafts('a', 3));
  for (const { eventId } of await backend.dequeueMany('a', 3, 0)) await backend.ack(eventId);
  await letMinutesPass(database, backend);
  const ranges = vi.spyOn(IDBKeyRange, 'bound');
  onTestFinished(() => ranges.mockRestore());
  expect(await database.open().dequeue('a', 0)).toBeNull();
  const [{ cursor, spentEpoch }] = (await database.rows('epochs')) as [EpochRow];
  const starts = ranges.mock.calls.map(([lower]) => lower as unknown[]);
  expect(starts).toContainEqual(['a', cursor.seq]);
  expect(starts).toContainEqual(['a', spentEpoch]);
  expect(starts).not.toContainEqual(['a', 0]);
});

test('clean-up deletes nothing of a database that has replaced the one that it read', async () => {
  const { backend, connection, database, open, tidied } = await openStore();
  const other = open().backend;
  await backend.publishMany(drafts('a', 2));
  for (const one of [backend, other]) await one.ack(String((await one.dequeue('a', 0))?.eventId));
  expect(await backend.dequeue('a', 0)).toBeNull();
  const isReplaced = replaceAfterRead(
    { connection, database },
    [...CLAIM_STORES, 'segments', 'returned'],
    () => other.publish('a', 'new'),
  );
  await tidied();
  expect(isReplaced()).toBe(true);
  expect(await other.dequeue('a', 0)).toMatchObject({ payload: 'new' });
});

test('the newest guard row stays, because it holds the cursor, even where a row of another program counts it as spent', async () => {
  const { backend, runtime, rows, tidied, write } = await openStore();
  await backend.publishMany(drafts('a', 2));
  for (const { eventId, lease } of await backend.dequeueMany('a', 2, 0))
    await backend.ack(eventId, lease);
  const [newest] = (await rows('epochs')) as EpochRow[];
  await write('epochs', { ...newest, spentEpoch: newest?.epoch });
  for (let passedMs = 0; passedMs < 183_000; passedMs += 5_000) {
    await runtime.advance(5_000);
    expect(await backend.dequeue('a', 0)).toBeNull();
    await tidied();
  }
  expect(await rows('epochs')).toMatchObject([{ epoch: newest?.epoch }]);
});
