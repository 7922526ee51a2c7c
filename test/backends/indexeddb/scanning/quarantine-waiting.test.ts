// Covers src/backends/indexeddb/scanning/quarantine.ts, src/backends/indexeddb/scanning/load-events.ts
import { describe, expect, test } from 'vitest';
import { drafts } from '../open-indexeddb.ts';
import { drain, type OpenStore, openStore } from '../open-store.ts';

const RETURNED = { v: 1, queue: 'a', seq: 0.5, at: 'x', dueAt: 0, attempts: 1 };
const LONG_MS = 3_600_000;

const malformedReturned: Readonly<Record<string, object>> = {
  'without a version': { ...RETURNED, v: undefined },
  'with invalid attempts': { ...RETURNED, attempts: -1 },
  'with a negative due time': { ...RETURNED, dueAt: -1 },
  'with an invalid time': { ...RETURNED, availableAt: 'soon' },
  'with an invalid error': { ...RETURNED, lastError: { name: 7, message: '' } },
  'with an invalid reason': { ...RETURNED, lastError: { name: '', message: '', reason: 7 } },
  'at an invalid index': { ...RETURNED, seq: 1, at: 0.5 },
  'at a place that is a date': { ...RETURNED, at: new Date(0) },
  'in a segment that is a string': { ...RETURNED, seq: 's' },
};

describe('a malformed row of a waiting event', () => {
  for (const [name, row] of Object.entries(malformedReturned))
    test(`${name} is moved to quarantine, and other events are delivered`, async () => {
      const { backend, store, rows, write } = await openStore();
      await backend.publishMany([...drafts('a', 2), ...drafts('clean', 2)]);
      const again = await backend.dequeue('a', 0);
      await backend.nack(String(again?.eventId));
      await write('returned', row);
      expect(await drain({ backend }, 'a')).toEqual([0, 1]);
      expect(await drain({ backend }, 'clean')).toEqual([0, 1]);
      const { dueAt, seq, at } = row as typeof RETURNED;
      expect(await store.quarantined('a', 9)).toMatchObject([
        { store: 'returned', key: ['a', dueAt, seq, at], reason: 'malformed', row: { ...row } },
      ]);
      expect(await rows('returned')).toEqual([]);
      expect((await backend.stats('a')).quarantined).toBe(1);
    });
});

describe('a waiting event of a newer version', () => {
  test('is not claimed or moved, and consumers do not wait for it', async () => {
    const { backend, store, rows, write } = await openStore();
    const newer = { ...RETURNED, v: 2, attempts: 'many' };
    await write('returned', newer);
    await backend.publish('a', 1);
    expect(await drain({ backend }, 'a')).toEqual([1]);
    const request = {
      channel: 'a',
      limit: 1,
      leaseMs: 1,
      maxAttempts: 1,
      maxHoldMs: 1,
      pollIntervalMs: 0,
    };
    expect(await store.claim(request)).toMatchObject({ messages: [], nextDueAt: null });
    expect(await rows('returned')).toEqual([newer]);
    expect(await store.quarantined('a', 9)).toEqual([]);
  });

  test('does not hide the events that this version can deliver, in any number', async () => {
    const { backend, write } = await openStore();
    const newer = Array.from({ length: 2_500 }, (_, index) => ({ ...RETURNED, v: 2, at: index }));
    await write('returned', ...newer.map((row) => ({ ...row, seq: 0 })));
    await backend.publish('a', 'again');
    const first = await backend.dequeue('a', 0);
    await backend.nack(String(first?.eventId));
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 'again', attempts: 2 });
  });
});

describe('a waiting event whose payload', () => {
  const LATE = { v: 1, id: 'x', queue: 'a', payload: 1, metadata: null, createdAt: 0, delayMs: 1 };
  const SEGMENT = { v: 1, queue: 'a', ids: ['x'], payloads: [1], createdAt: [0] };
  const cases: Readonly<
    Record<string, (db: OpenStore) => Promise<{ readonly seq: number; readonly at: unknown }>>
  > = {
    'is missing': () => Promise.resolve({ seq: 0.5, at: 'x' }),
    'is malformed': async ({ write }) => {
      await write('late', { ...LATE, createdAt: 'then' });
      return { seq: 0.5, at: 'x' };
    },
    'is of another channel': async ({ write }) => {
      await write('late', { ...LATE, queue: 'clean' });
      return { seq: 0.5, at: 'x' };
    },
    'is in a segment that is missing': () => Promise.resolve({ seq: 77, at: 0 }),
    'is in a segment of another channel': async ({ write }) => {
      const [seq] = await write('segments', { ...SEGMENT, queue: 'clean' });
      return { seq: seq as number, at: 0 };
    },
    'is in a segment that is malformed': async ({ write, backend, rowsLeft }) => {
      const [seq] = await write('segments', SEGMENT);
      expect(await drain({ backend }, 'a')).toEqual([1]);
      expect(await rowsLeft('segments')).toEqual([]);
      await write('segments', { ...SEGMENT, ids: 'x', seq });
      return { seq: seq as number, at: 0 };
    },
    'is beyond its segment': async ({ write, backend, rowsLeft }) => {
      const [seq] = await write('segments', SEGMENT);
      expect(await drain({ backend }, 'a')).toEqual([1]);
      expect(await rowsLeft('segments')).toEqual([]);
      await write('segments', { ...SEGMENT, seq });
      return { seq: seq as number, at: 1 };
    },
  };
  for (const [name, prepare] of Object.entries(cases))
    test(`${name} is moved to quarantine with that reason, and its payload is kept`, async () => {
      const db = await openStore();
      const { backend, store, observer, rows, rowsLeft, write } = db;
      const { seq, at } = await prepare(db);
      const row = { ...RETURNED, seq, at };
      await write('returned', row);
      const payloads = [await rows('late'), await rows('segments')];
      await backend.publish('a', 'next');
      expect(await drain({ backend }, 'a')).toEqual(['next']);
      expect(await store.quarantined('a', 9)).toMatchObject([
        { store: 'returned', key: ['a', 0, seq, at], reason: 'payload-missing', row },
      ]);
      expect([await rows('late'), await rowsLeft('segments')]).toEqual(payloads);
      expect(observer.of('row-quarantined')).toMatchObject([{ reason: 'payload-missing' }]);
    });

  test('is missing when it is rejected is moved to quarantine too', async () => {
    const { backend, store, remove, rows } = await openStore();
    await backend.publish('a', 1);
    const message = await backend.dequeue('a', 0);
    const [segment] = (await rows('segments')) as { readonly seq: number }[];
    await remove('segments', segment?.seq ?? 0);
    await backend.reject(String(message?.eventId));
    expect(await backend.deadLetters('a', 9)).toEqual([]);
    expect(await backend.dequeue('a', 0)).toBeNull();
    expect(await store.quarantined('a', 9)).toMatchObject([{ reason: 'payload-missing' }]);
  });
});

test('a waiting row with an invalid due time wakes no consumer', async () => {
  const { store, write, rows } = await openStore();
  await write('returned', { ...RETURNED, dueAt: 'soon' });
  const request = {
    channel: 'a',
    limit: 1,
    leaseMs: 1,
    maxAttempts: 1,
    maxHoldMs: 1,
    pollIntervalMs: 0,
  };
  expect(await store.claim(request)).toMatchObject({ messages: [], nextDueAt: null });
  expect(await rows('returned')).toHaveLength(1);
});

test('rows with keys that cannot be compared do not stop the delivery of others', async () => {
  const { backend, write, rows, rowsLeft } = await openStore();
  const key = Object.assign([], { toString: 5, valueOf: 5 });
  await write('claims', { queue: 'a', epoch: key });
  await write('segments', { queue: 'a', seq: key });
  await backend.publish('a', 1);
  expect(await backend.stats('a')).toMatchObject({ ready: 1, leased: 0 });
  expect(await drain({ backend }, 'a')).toEqual([1]);
  expect([...(await rowsLeft('claims')), ...(await rows('segments'))]).toHaveLength(2);
});

test('foreign properties of a waiting row are not delivered as the event', async () => {
  const { backend, write, rows } = await openStore();
  await backend.publish('a', 'true');
  const first = await backend.dequeue('a', 0);
  await backend.nack(String(first?.eventId), undefined, { delayMs: LONG_MS });
  const [row] = await rows('returned');
  const event = { eventId: 'forged', channel: 'a', payload: 'forged', metadata: null };
  await write('returned', { ...(row as object), dueAt: 0, event, segmentSize: 1, returned: 7 });
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 'true', attempts: 2 });
});
