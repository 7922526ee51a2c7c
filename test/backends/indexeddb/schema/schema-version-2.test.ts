// Covers src/backends/indexeddb/schema/schema.ts, src/backends/indexeddb/schema/upgrade.ts, src/backends/indexeddb/database/open-database.ts
import { expect, test } from 'vitest';
import { openDatabase, payloadsOf, settled } from '../open-indexeddb.ts';

test('a database of version 2 is upgraded, and its held events can be settled and taken over', async () => {
  const { open, database, rows, rowsLeft, runtime, tidied } = openDatabase();
  const opening = indexedDB.open(database, 2);
  opening.onupgradeneeded = () => {
    const { result } = opening;
    const make = (name: string, keyPath: string | string[] = [], autoIncrement = false) =>
      result.createObjectStore(name, { autoIncrement, ...(keyPath.length > 0 && { keyPath }) });
    make('meta', 'key').add({ key: 'identity', id: 'old' });
    const segments = make('segments', 'seq', true);
    segments.createIndex('fresh', ['queue', 'seq']);
    const texts = { ids: ['x', 'y'], payloads: ['x', 'y'], createdAt: [0, 0], bytes: 2 };
    segments.add({ v: 1, queue: 'a', seq: 1, ...texts });
    make('late', 'id');
    make('returned', ['queue', 'dueAt', 'seq', 'at']).createIndex('since', ['queue', 'since']);
    const held = [{ seq: 1, at: 1, count: 1, attempts: 1, expiresAt: 0 }];
    const claim = {
      v: 1,
      queue: 'a',
      epoch: 2,
      generation: 0,
      owner: '',
      holdUntil: 0,
      maxAttempts: 10,
    };
    make('claims', ['queue', 'epoch']).add({ ...claim, held });
    const marks = { spentEpoch: 0, spentAt: 0, clearedEpoch: 0, sparedSeq: 0 };
    const epochs = make('epochs', ['queue', 'epoch']);
    epochs.add({ v: 1, queue: 'a', epoch: 1, cursor: { seq: 1, at: 1 }, ...marks });
    epochs.add({ v: 1, queue: 'a', epoch: 2, cursor: { seq: 2, at: 0 }, ...marks });
    make('endings', ['queue', 'epoch', 'generation']).add({
      v: 1,
      queue: 'a',
      epoch: 1,
      generation: 1,
    });
    make('dead', 'n', true).createIndex('queue', ['queue', 'n']);
    make('reserve');
    make('aside', 'n', true).createIndex('queue', ['queue', 'n']);
  };
  (await settled(opening)).close();
  const backend = open({ locks: null });
  expect(await backend.stats('a')).toMatchObject({ ready: 0, leased: 1 });
  const [back] = await backend.dequeueMany('a', 9, 0);
  expect(back).toMatchObject({ payload: 'y', attempts: 2, lease: 3 });
  expect(await rows('claims')).toEqual([]);
  expect(await backend.nack('y', back?.lease, { delayMs: 1 })).toBe('ok');
  const upgraded = await settled(indexedDB.open(database));
  const waiting = upgraded.transaction('returned').objectStore('returned').index('place');
  expect(await settled(waiting.getAllKeys(['a', 1, 1]))).toMatchObject([['a', {}, 1, 1]]);
  upgraded.close();
  await runtime.advance(1);
  await backend.dequeue('a', 0);
  expect(await backend.ack('y')).toBe('ok');
  await runtime.advance(1_000);
  expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([]);
  await tidied();
  expect(await rowsLeft('segments')).toEqual([]);
});
