// Covers src/backends/indexeddb/claims/update-claim.ts, src/backends/indexeddb/claims/rewrite-long-held.ts, src/backends/indexeddb/scanning/claim-table.ts
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type QueueSnapshot,
  scanQueue,
} from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import { drafts, openDatabase, payloadsOf, settled } from '../open-indexeddb.ts';
import { take, takeAndAck } from '../open-scanned.ts';
import { type OpenStore, openStore } from '../open-store.ts';

const SPAN = { seq: 1, at: 0, count: 1, attempts: 1, expiresAt: 9e15 };
const CLAIM = {
  ...{ v: 1, queue: 'a', epoch: 1, generation: 0, owner: 'o', maxAttempts: 10, held: [SPAN] },
  holdUntil: 0,
};

interface EpochRow {
  readonly epoch: number;
  readonly youngEpoch: number;
  readonly claim?: typeof CLAIM;
}

/** Changes the row of the only epoch. */
async function changeEpoch({ rows, write }: OpenStore, change: object): Promise<EpochRow> {
  const [row] = (await rows('epochs')) as [EpochRow];
  await write('epochs', { ...row, ...change });
  return row;
}

describe('a claim', () => {
  test('is in the row of its epoch until its first change, and one row ends it', async () => {
    const { backend, rows } = await openStore();
    await backend.publishMany(drafts('a', 2));
    const [first, second] = await backend.dequeueMany('a', 2, 0);
    expect(await rows('claims')).toEqual([]);
    expect(await backend.extend(String(first?.eventId), first?.lease, 60_000)).toBe('ok');
    expect(await rows('claims')).toMatchObject([{ epoch: 1, generation: 1 }]);
    expect(await backend.ack(String(first?.eventId))).toBe('ok');
    expect(await backend.ack(String(second?.eventId))).toBe('ok');
    expect([await rows('claims'), await rows('epochs')]).toMatchObject([[], [{ epoch: 1 }]]);
    expect(await backend.stats('a')).toMatchObject({ ready: 0, leased: 0 });
  });

  test('is counted together with earlier open claims, and taken over together with them', async () => {
    const { backend, open, runtime } = await openStore();
    await backend.publishMany(drafts('a', 3));
    for (let count = 0; count < 3; count += 1) {
      await take(backend);
      // After that time the next claim scans again.
      await runtime.advance(2_000);
    }
    expect(await open().backend.stats('a')).toMatchObject({ ready: 0, leased: 3 });
    await runtime.advance(60_000);
    const again = await open().backend.dequeueMany('a', 9, 0);
    expect(payloadsOf(again)).toEqual([0, 1, 2]);
  });

  test('that a scan found open is remembered, and not read again until it ends', async () => {
    const { backend, open, runtime } = await openStore();
    const other = open().backend;
    for (let count = 0; count < 3; count += 1) {
      await backend.publish('a', count);
      await backend.dequeue('a', 0, { leaseMs: 4_000 });
      await runtime.advance(1_000);
      expect(await other.dequeue('a', 0)).toBeNull();
    }
    const ranges = vi.spyOn(IDBKeyRange, 'bound');
    onTestFinished(() => ranges.mockRestore());
    await runtime.advance(3_000);
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([0, 1, 2]);
    const starts = ranges.mock.calls.map(([lower]) => lower as [string, number]);
    expect(starts).toContainEqual(['a', 3]);
  });

  test('appears once in each snapshot, also the newest claim', async () => {
    const { backend, connection } = await openStore();
    await backend.publishMany(drafts('a', 2));
    for (let count = 0; count < 2; count += 1) await take(backend);
    let last: QueueSnapshot | undefined;
    for (let scan = 0; scan < 3; scan += 1) {
      last = await scanQueue(connection, 'a', { last, maxSegments: 9 });
      expect(last.claims.map(({ epoch }) => epoch)).toEqual([1, 2]);
    }
  });

  test('that was remembered is not taken over when it and its guard rows ended long ago', async () => {
    const { backend, open, rows, runtime } = await openStore();
    const late = open().backend;
    await backend.publishMany(drafts('a', 2));
    const held = [await take(backend), await take(backend)];
    expect(await late.dequeue('a', 0)).toBeNull();
    for (const { eventId } of held) expect(await backend.ack(eventId)).toBe('ok');
    for (let minute = 0; minute < 3; minute += 1) {
      await runtime.advance(61_000);
      expect(await backend.dequeue('a', 0)).toBeNull();
    }
    expect(await rows('endings')).toEqual([]);
    expect(await late.dequeue('a', 0)).toBeNull();
    expect([await rows('returned'), await rows('aside')]).toEqual([[], []]);
  });

  test('that was remembered is not taken over after its database was deleted', async () => {
    const { backend, connection, open, database } = await openStore();
    await open().backend.publish('a', 'old');
    const other = open();
    await take(other.backend);
    const last = await scanQueue(connection, 'a', { last: undefined, maxSegments: 9 });
    expect(last.claims).toHaveLength(1);
    await settled(indexedDB.deleteDatabase(database));
    await backend.publish('a', 'new');
    const next = await scanQueue(connection, 'a', { last, maxSegments: 9 });
    expect([next.claims, next.segments.length]).toEqual([[], 1]);
  });

  test('that is settled unchanged leaves no row to delete', async () => {
    const { backend, rows } = await openStore();
    const deletes = vi.spyOn(IDBObjectStore.prototype, 'delete');
    onTestFinished(() => deletes.mockRestore());
    await backend.publish('a', 1);
    expect(await takeAndAck(backend)).toBe(1);
    expect(deletes).not.toHaveBeenCalled();
    expect(await rows('endings')).toMatchObject([{ epoch: 1, generation: 1 }]);
  });

  test('is found on any channel by another context that has the id and lease of an event', async () => {
    const { backend, open } = await openStore();
    await backend.publishMany([...drafts('a', 3), ...drafts('b', 1)]);
    const other = open().backend;
    const held = [await take(backend, 'a'), await take(backend, 'b')];
    for (const { eventId, lease = 0 } of held) {
      expect(await other.ack(eventId, lease + 1)).toBe('stale');
      expect(await other.ack(eventId, lease)).toBe('ok');
      expect(await other.ack(eventId, lease)).toBe('gone');
      expect(await backend.ack(eventId, lease)).toBe('gone');
    }
    expect(await backend.stats('a')).toMatchObject({ ready: 2, leased: 0 });
  });

  test('that is held during hundreds of other claims gets its own row, and scans skip the other claims', async () => {
    const { open } = openDatabase();
    const [holder, busy] = [open(), open()];
    await holder.publishMany(drafts('a', 300));
    const held = await take(holder);
    for (let count = 1; count < 300; count += 1) expect(await takeAndAck(busy)).toBe(count);
    const ranges = vi.spyOn(IDBKeyRange, 'bound');
    onTestFinished(() => ranges.mockRestore());
    for (let scan = 0; scan < 2; scan += 1) expect(await busy.dequeue('a', 0)).toBeNull();
    const starts = ranges.mock.calls.map(([lower]) => lower as [string, number]);
    expect(starts).toContainEqual(['a', 300]);
    expect(await holder.ack(held.eventId, held.lease)).toBe('ok');
    expect(await holder.stats('a')).toMatchObject({ ready: 0, leased: 0 });
  });

  test('is read by a context whose last scan is long ago, from the oldest open claim on', async () => {
    const { open, runtime } = openDatabase();
    const [late, busy] = [open(), open()];
    expect(await late.dequeue('a', 0)).toBeNull();
    for (let count = 0; count < 20; count += 1) {
      await busy.publish('a', count);
      await takeAndAck(busy);
    }
    await runtime.advance(20_000);
    await busy.publish('a', 'held');
    await take(busy);
    const ranges = vi.spyOn(IDBKeyRange, 'bound');
    onTestFinished(() => ranges.mockRestore());
    expect(await late.dequeue('a', 0)).toBeNull();
    const starts = ranges.mock.calls.map(([lower]) => lower as [string, number]);
    expect(starts).toContainEqual(['a', 20]);
    expect(await late.stats('a')).toMatchObject({ leased: 1 });
  });
});

const malformedClaims: Readonly<Record<string, unknown>> = {
  'that is null': null,
  'that is a text': 'claim',
  'of another epoch': { ...CLAIM, epoch: 2 },
  'of another queue': { ...CLAIM, queue: 'clean' },
  'without events': { ...CLAIM, held: [] },
  'with a huge list of events': { ...CLAIM, held: new Array(2 ** 32 - 1) },
};

describe('a malformed claim in the row of its epoch', () => {
  for (const [name, claim] of Object.entries(malformedClaims))
    test(`${name} is copied to quarantine, and ends`, async () => {
      const db = await openStore();
      const { backend, store, observer, rows } = db;
      await backend.publishMany(drafts('a', 1));
      await take(backend);
      await changeEpoch(db, { claim });
      const other = db.open();
      await backend.publishMany([...drafts('a', 1), ...drafts('clean', 1)]);
      expect(await other.backend.stats('a')).toMatchObject({ leased: 0 });
      expect(await takeAndAck(other.backend)).toBe(0);
      expect(await takeAndAck(other.backend, 'clean')).toBe(0);
      expect(await store.quarantined('a', 9)).toMatchObject([
        { store: 'epochs', key: ['a', 1], reason: 'malformed' },
      ]);
      expect(await other.backend.dequeue('a', 0)).toBeNull();
      expect((await rows('aside')).length).toBe(1);
      expect([
        ...observer.of('row-quarantined'),
        ...other.observer.of('row-quarantined'),
      ]).toHaveLength(1);
    });
});

describe('newer version', () => {
  test('an inline claim of a newer version keeps its guard rows and its payload', async () => {
    const db = await openStore();
    const { backend, rows, rowsLeft, runtime } = db;
    await backend.publishMany(drafts('a', 1));
    await take(backend);
    await changeEpoch(db, { claim: { v: 2, queue: 'a', epoch: 1, holds: 'what?' } });
    const other = db.open().backend;
    for (let minute = 0; minute < 4; minute += 1) {
      await runtime.advance(61_000);
      await other.publish('a', minute);
      expect(await takeAndAck(other)).toBe(minute);
      expect(await other.dequeue('a', 0)).toBeNull();
    }
    const [first] = (await rows('epochs')) as EpochRow[];
    expect(first).toMatchObject({ epoch: 1, claim: { v: 2 } });
    expect(await rowsLeft('segments')).toMatchObject([{ seq: 1 }]);
    expect(await rows('aside')).toEqual([]);
  });

  test('when an ending is of a newer version, its claim is left to contexts of that version', async () => {
    const { backend, open, write, rows, runtime } = await openStore();
    await backend.publishMany(drafts('a', 1));
    await take(backend);
    await write('endings', { v: 2, queue: 'a', epoch: 1, generation: 1 });
    await runtime.advance(60_000);
    const other = open().backend;
    expect(await other.dequeue('a', 0)).toBeNull();
    await other.publish('a', 'next');
    expect(await takeAndAck(other)).toBe('next');
    expect(await rows('segments')).toMatchObject([{ seq: 1 }, {}]);
  });
});
