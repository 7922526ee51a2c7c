// Covers src/backends/indexeddb/schema/schema.ts, src/backends/indexeddb/schema/row-version.ts, src/backends/indexeddb/schema/upgrade.ts, src/backends/indexeddb/database/open-database.ts, src/backends/indexeddb/claims/clock-set-back.ts
import { describe, expect, test } from 'vitest';
import { claimAt, followClock } from '../../../../src/backends/indexeddb/claims/clock-set-back.ts';
import { scanQueue } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openDatabase, settled } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

const HOUR_MS = 3_600_000;

/** Makes a database of schema version 1. Its waiting rows do not have the start of their wait. */
async function writeFirstVersion(
  database: string,
  rows: Readonly<Record<string, readonly object[]>>,
) {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => {
    const { result } = opening;
    const make = (name: string, keyPath?: string | string[], autoIncrement = false) =>
      result.createObjectStore(name, { autoIncrement, ...(keyPath && { keyPath }) });
    make('meta', 'key').add({ key: 'identity', id: 'old' });
    make('segments', 'seq', true).createIndex('fresh', ['queue', 'seq']);
    make('late', 'id');
    make('returned', ['queue', 'dueAt', 'seq', 'at']);
    make('claims', ['queue', 'epoch']);
    make('epochs', ['queue', 'epoch']);
    make('endings', ['queue', 'epoch', 'generation']);
    make('dead', 'n', true).createIndex('queue', ['queue', 'n']);
    make('reserve');
    make('aside', 'n', true).createIndex('queue', ['queue', 'n']);
    for (const [store, written] of Object.entries(rows))
      for (const row of written)
        opening.transaction?.objectStore(store).put({ ...row, since: undefined });
  };
  (await settled(opening)).close();
}

test('a database of version 1 is upgraded, and its events are delivered', async () => {
  const [now, old] = [openDatabase(), openDatabase()];
  const backend = now.open({ leaseMode: 'available', locks: null });
  await backend.publish('a', 'delayed', null, { delayMs: HOUR_MS });
  await backend.publish('a', 'held');
  await backend.dequeue('a', 0);
  const stores = ['segments', 'late', 'returned', 'claims', 'epochs', 'endings'];
  const rows = await Promise.all(stores.map((store) => now.rows(store)));
  await writeFirstVersion(
    old.database,
    Object.fromEntries(stores.map((store, index) => [store, rows[index] as object[]])),
  );
  const { runtime } = now;
  const next = old.open({ runtime, leaseMode: 'available', locks: null });
  await next.publish('a', 'new', null, { delayMs: HOUR_MS });
  await runtime.advance(30_000);
  expect(await next.dequeueMany('a', 9, 0)).toMatchObject([{ payload: 'held', attempts: 2 }]);
  await runtime.advance(HOUR_MS);
  const found = await next.dequeueMany('a', 9, 0);
  expect(found.map(({ payload }) => payload)).toEqual(['delayed', 'held', 'new']);
});

describe('rows that are ahead of the clock', () => {
  test('unusable rows stay, and do not prevent the correction of others', async () => {
    const { backend, runtime, write, rows } = await openStore();
    const ahead = runtime.now() + 2 * HOUR_MS;
    const row = { v: 1, queue: 'a', seq: 1, at: 0, dueAt: ahead, since: ahead, attempts: 0 };
    const newer = Array.from({ length: 1_000 }, (_, at) => ({ ...row, v: 2, at }));
    await write('returned', ...newer, { ...row, seq: 2, attempts: 'none' });
    await backend.publish('a', 1, null, { delayMs: HOUR_MS });
    const [own] = ((await rows('returned')) as { seq: number }[]).filter(({ seq }) => seq < 1);
    await write('returned', { ...own, dueAt: ahead + HOUR_MS, since: ahead + 1 });
    expect(await backend.dequeue('a', 0)).toBeNull();
    const waiting = (await rows('returned')) as (typeof row)[];
    expect(waiting.filter(({ v }) => v === 2)).toEqual(newer);
    expect(
      waiting.filter(({ since }) => since === runtime.now()).map(({ dueAt }) => dueAt),
    ).toEqual([runtime.now() + HOUR_MS - 1, runtime.now() + HOUR_MS]);
  });

  test('a row whose due time is before the start of its wait is due at once', async () => {
    const { backend, runtime, write } = await openStore();
    await backend.publish('a', 1);
    const held = await backend.dequeue('a', 0);
    await backend.nack(String(held?.eventId), held?.lease, { delayMs: HOUR_MS });
    const far = Number.MAX_VALUE / 2;
    const row = { v: 1, queue: 'a', seq: 1, at: 0, attempts: 1 };
    await write('returned', { ...row, dueAt: runtime.now() + 9, since: far });
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
  });
});

test('a decision by a scan that is older than the correction and delivery by another context changes nothing', async () => {
  const { backend, connection, open, runtime, rows } = await openStore();
  await backend.publish('a', 1, null, { delayMs: 5_000 });
  runtime.jumpTo(runtime.now() - HOUR_MS);
  const view = await scanQueue(connection, 'a', { last: undefined, maxSegments: 1 });
  const other = open().backend;
  expect(await other.dequeue('a', 0)).toBeNull();
  await runtime.advance(5_000);
  const held = await other.dequeue('a', 0);
  expect(held).toMatchObject({ payload: 1 });
  expect(await followClock(connection, view)).toBe(true);
  expect(await rows('returned')).toEqual([]);
  expect(await other.ack(String(held?.eventId))).toBe('ok');
});

test('claimAt: moves all times of a claim by the same amount, and none where the clock was not set back', () => {
  const span = { seq: 1, at: 0, count: 2, attempts: 1 };
  const claim: ClaimRow = {
    v: 1,
    queue: 'a',
    epoch: 1,
    generation: 0,
    owner: '',
    maxAttempts: 9,
    since: 100_000,
    holdUntil: 700_000,
    held: [
      { ...span, expiresAt: 130_000 },
      { ...span, seq: 2, expiresAt: 110_000 },
    ],
  };
  for (const now of [99_000, 100_000, 900_000]) expect(claimAt(claim, now)).toBe(claim);
  expect(claimAt(claim, 50_000)).toMatchObject({
    since: 50_000,
    holdUntil: 650_000,
    held: [{ expiresAt: 80_000 }, { expiresAt: 60_000 }],
  });
  const { since, ...first } = claim;
  expect(claimAt(first, 0)).toBe(first);
});
