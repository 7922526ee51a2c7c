// Covers src/backends/indexeddb/scanning/quarantine.ts, src/backends/indexeddb/inspection/browse-rows.ts, src/backends/indexeddb/inspection/channel-stats.ts
import { describe, expect, test } from 'vitest';
import { drafts } from '../open-indexeddb.ts';
import { drain, openStore } from '../open-store.ts';

const SEGMENT = { v: 1, queue: 'a', ids: ['x', 'y'], payloads: [1, 2], createdAt: [0, 0] };

function cyclic(): object {
  const row: Record<string, unknown> = { ...SEGMENT };
  return Object.assign(row, { ids: [row, row] });
}

const malformedSegments: Readonly<Record<string, object>> = {
  'without a version': { queue: 'a', ids: ['x'], payloads: [1], createdAt: [0] },
  'of a version that is no number': { ...SEGMENT, v: '1' },
  'of version 0': { ...SEGMENT, v: 0 },
  'without events': { ...SEGMENT, ids: [], payloads: [], createdAt: [] },
  'with lists of different lengths': { ...SEGMENT, payloads: [1] },
  'with more events than the limit': {
    ...SEGMENT,
    ids: new Array(1_001).fill('x'),
    payloads: new Array(1_001).fill(1),
    createdAt: new Array(1_001).fill(0),
  },
  'with holes': { ...SEGMENT, ids: new Array(2) },
  'with a huge list': { ...SEGMENT, ids: new Array(2 ** 32 - 1) },
  'with ids that are no strings': { ...SEGMENT, ids: ['x', 7] },
  'with times that are no numbers': { ...SEGMENT, createdAt: [0, Number.NaN] },
  'with invalid metadata': { ...SEGMENT, metadata: [null, 'm'] },
  'with invalid delays': { ...SEGMENT, delays: [0, {}] },
  'with lists that are objects': { ...SEGMENT, payloads: { length: 2 } },
  'that is cyclic': cyclic(),
  'with an own __proto__': JSON.parse('{"__proto__": {"ids": ["x"]}, "queue": "a", "v": 1}'),
  'with a key that is a string': { ...SEGMENT, seq: 'first' },
  'with a key that is a date': { ...SEGMENT, seq: new Date(8e15) },
  'with a fractional key': { ...SEGMENT, seq: 1.5 },
  'of a newer version, with a key that no version uses': { ...SEGMENT, v: 2, seq: 'first' },
};

describe('a malformed segment', () => {
  for (const [name, row] of Object.entries(malformedSegments))
    test(`${name} is moved to quarantine, and other rows are not changed`, async () => {
      const { backend, store, observer, rows, rowsLeft, write, ...db } = await openStore();
      await backend.publishMany([...drafts('a', 2), ...drafts('clean', 2)]);
      const [key] = await write('segments', row);
      const stored = (await rows('segments')).find((one) => String(keyOf(one)) === String(key));
      await backend.publish('a', 'last');
      expect(await drain({ backend }, 'a')).toEqual([0, 1, 'last']);
      expect(await drain(db.open(), 'clean')).toEqual([0, 1]);
      expect(await store.quarantined('a', 9)).toEqual([
        { channel: 'a', at: 1_700_000_000_000, store: 'segments', key, ...asMoved(stored) },
      ]);
      expect(await rowsLeft('segments')).toEqual([]);
      expect((await backend.stats('a')).quarantined).toBe(1);
      expect(await backend.stats('clean')).not.toHaveProperty('quarantined');
      expect(observer.of('row-quarantined')).toEqual([
        { type: 'row-quarantined', channel: 'a', store: 'segments', reason: 'malformed' },
      ]);
    });

  test('that is the only one is moved to quarantine without a claim, and later events are found at once', async () => {
    const { backend, store, write, rows } = await openStore();
    await write('segments', { queue: 'a' });
    expect(await backend.dequeue('a', 0)).toBeNull();
    expect(await rows('claims')).toEqual([]);
    await backend.publish('a', 'next');
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 'next' });
    expect(await store.quarantined('a', 9)).toHaveLength(1);
  });

  test('is moved to quarantine once, by the first context', async () => {
    const { write, store, open } = await openStore();
    await write('segments', { queue: 'a' }, { queue: 'a' });
    const contexts = [open(), open(), open()];
    await Promise.all(contexts.map(({ backend }) => backend.dequeue('a', 0)));
    expect(await store.quarantined('a', 9)).toHaveLength(2);
    expect(contexts.flatMap(({ observer }) => observer.of('row-quarantined'))).toHaveLength(2);
  });

  test('under the cursor is passed, and its claimed events are still settled', async () => {
    const { backend, runtime, store, write, rows } = await openStore();
    await backend.publishMany(drafts('a', 3));
    await backend.publish('a', 'last');
    const first = await backend.dequeue('a', 0);
    const [row] = (await rows('segments')) as { readonly ids: unknown }[];
    await write('segments', { ...row, ids: 7 });
    // Until then the context uses its cache.
    await runtime.advance(1_001);
    expect((await backend.stats('a')).ready).toBe(1);
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 'last' });
    expect(await backend.ack(String(first?.eventId))).toBe('ok');
    expect(await store.quarantined('a', 9)).toMatchObject([{ reason: 'malformed' }]);
  });
});

function keyOf(row: unknown): unknown {
  return (row as { readonly seq: unknown }).seq;
}

function asMoved(row: unknown): object {
  return { reason: 'malformed', row };
}

test('a segment of a newer version is skipped, marked, and kept', async () => {
  const { backend, store, observer, rowsLeft, write } = await openStore();
  await backend.publish('a', 1);
  const newer = { v: 2, queue: 'a', unknown: new Map() };
  const [seq] = await write('segments', newer);
  await backend.publish('a', 2);
  expect(await drain({ backend }, 'a')).toEqual([1, 2]);
  expect(await rowsLeft('segments')).toEqual([{ ...newer, seq }]);
  expect(await store.quarantined('a', 9)).toEqual([
    { channel: 'a', at: 1_700_000_000_000, store: 'segments', key: seq, reason: 'newer-version' },
  ]);
  expect((await backend.stats('a')).quarantined).toBe(1);
  expect(observer.of('row-quarantined')).toMatchObject([{ reason: 'newer-version' }]);
});

test('a segment of a newer version at the end is skipped and marked once', async () => {
  const { backend, store, write } = await openStore();
  await write('segments', { v: 2, queue: 'a' });
  for (let scan = 0; scan < 3; scan += 1) expect(await backend.dequeue('a', 0)).toBeNull();
  expect(await store.quarantined('a', 9)).toHaveLength(1);
});

test('after an unusable segment, a delayed event keeps its place behind earlier events', async () => {
  for (const v of [1, 2]) {
    const { backend, write, runtime } = await openStore();
    await write('segments', { v, queue: 'a' });
    await backend.publish('a', 'first');
    await backend.publish('a', 'second', null, { delayMs: 10 });
    await runtime.advance(10);
    expect(await drain({ backend }, 'a')).toEqual(['first', 'second']);
  }
});

describe('the newest epoch', () => {
  const EPOCH = { queue: 'a', epoch: 99 };
  const good = { v: 1, cursor: { seq: 0, at: 0 }, spentEpoch: 0, spentAt: 0, clearedEpoch: 0 };
  const cases: readonly (readonly [string, object, string])[] = [
    ['of a newer version', { ...EPOCH, v: 2 }, 'newer-schema'],
    ['malformed', EPOCH, 'storage'],
    ['without a cursor', { ...EPOCH, ...good, sparedSeq: 0, cursor: null }, 'storage'],
    ['with an invalid cursor', { ...EPOCH, ...good, cursor: { seq: 1 } }, 'storage'],
    ['with a key that no version uses', { ...EPOCH, ...good, epoch: 'z' }, 'storage'],
  ];
  for (const [name, row, code] of cases)
    test(`${name}: claims of its channel reject with a typed error, publishes and other channels work`, async () => {
      const { backend, rows, write, remove } = await openStore();
      await backend.publishMany([...drafts('a', 2), ...drafts('clean', 2)]);
      await write('epochs', row);
      const before = await rows('epochs');
      for (const ask of [() => backend.dequeue('a', 0), () => backend.stats('a')])
        await expect(ask()).rejects.toMatchObject({ code, channel: 'a' });
      await backend.publish('a', 'meanwhile');
      expect(await rows('epochs')).toEqual(before);
      expect(await rows('aside')).toEqual([]);
      expect(await drain({ backend }, 'clean')).toEqual([0, 1]);
      await remove('epochs', ['a', (row as typeof EPOCH).epoch]);
      expect(await drain({ backend }, 'a')).toEqual([0, 1, 'meanwhile']);
    });
});

describe('dead letters', () => {
  const letter = {
    ...{ eventId: 'x', channel: 'a', payload: 1, metadata: null, createdAt: 0, attempts: 1 },
    ...{ reason: 'rejected', note: null, lastError: null, diedAt: 0 },
  };
  const unusable: readonly object[] = [
    { v: 2, letter },
    { letter },
    { v: 1 },
    { v: 1, letter: 7 },
    { v: 1, letter: { ...letter, lastError: 'none' } },
    { v: 1, letter: { ...letter, diedAt: new Date() } },
  ];

  test('that cannot be used are skipped and kept, in any number', async () => {
    const { backend, write, rows } = await openStore();
    await write('dead', ...unusable.map((row) => ({ queue: 'a', ...row })));
    await backend.publishMany(drafts('a', 2));
    for (const { eventId } of await backend.dequeueMany('a', 2, 0)) await backend.reject(eventId);
    for (const limit of [1, 2, 9])
      expect((await backend.deadLetters('a', limit)).map(({ payload }) => payload)).toEqual(
        [0, 1].slice(0, limit),
      );
    expect(await rows('dead')).toHaveLength(unusable.length + 2);
  });
});

test('foreign rows in the quarantine are skipped', async () => {
  const { backend, store, write } = await openStore();
  const good = { v: 1, queue: 'a', at: 1, store: 'late', key: 1, reason: 'malformed', row: 7 };
  await write('aside', { queue: 'a' }, { ...good, v: 2 }, { ...good, at: 'now' });
  await write('aside', { ...good, version: 1, key: {} }, { ...good, channel: 'clean' });
  expect(await store.quarantined('a', 2)).toMatchObject([{ at: 1 }, { channel: 'a', row: 7 }]);
  await backend.publish('a', 1);
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
});

test('a delayed event is delivered beside foreign segments with any key', async () => {
  for (const seq of ['z', [], new Date(), Number.POSITIVE_INFINITY, -5]) {
    const { backend, write, runtime } = await openStore();
    await write('segments', { seq });
    await backend.publish('a', 'delayed', null, { delayMs: 10 });
    await runtime.advance(10);
    expect(await drain({ backend }, 'a')).toEqual(['delayed']);
  }
});
