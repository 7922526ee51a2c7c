import { expect, test } from 'vitest';
import {
  fewRowsAtATime,
  loadEvents,
} from '../../../../src/backends/indexeddb/scanning/load-events.ts';
import type { Position } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openStore } from '../open-store.ts';

const ROWS = 32;

const sizesOf = (places: readonly Position[]) =>
  [...fewRowsAtATime(places)].map((few) => few.length);

test('a search reads the rows of its places in steps of 32, however many events a row has', () => {
  const inSegments = (count: number) =>
    Array.from({ length: count }, (_, seq) => [0, 1].map((at) => ({ seq, at }))).flat();
  expect(sizesOf([])).toEqual([]);
  expect(sizesOf(inSegments(ROWS))).toEqual([2 * ROWS]);
  expect(sizesOf(inSegments(2 * ROWS + 1))).toEqual([2 * ROWS, 2 * ROWS, 2]);
});

test('each event outside of the segments has a row of its own, also at one position', () => {
  const places = Array.from({ length: ROWS + 1 }, (_, index) => ({ seq: 1, at: `${index}` }));
  expect(sizesOf(places)).toEqual([ROWS, 1]);
  expect([...fewRowsAtATime(places)].flat()).toEqual(places);
});

test('a place whose row is gone, cannot be used, has no such event, or is of another queue is left out', async () => {
  const { backend, connection, write } = await openStore();
  await backend.publishMany(['x', 'y'].map((payload) => ({ channel: 'a', payload })));
  const late = await backend.publish('a', 'z', null, { delayMs: 5 });
  const others = { delayMs: 5, id: 'named' };
  await backend.publish('b', 'other', null, others);
  const [junk] = await write('segments', { v: 1, queue: 'a', ids: 5 });
  await write('late', { v: 1, queue: 'a', id: 'junk' });
  const places = [
    ...[0, 1, 2].map((at) => ({ seq: 1, at })),
    ...[late, 'gone', 'junk'].map((at) => ({ seq: 1.5, at })),
    ...[Number(junk), 999].map((seq) => ({ seq, at: 0 })),
  ];
  const found = await loadEvents(connection, 'a', places);
  expect([...found].map(([place, { payload }]) => [place, payload])).toEqual([
    ['1:0', 'x'],
    ['1:1', 'y'],
    [late, 'z'],
  ]);
  expect((await loadEvents(connection, 'b', places)).size).toBe(0);
  expect((await loadEvents(connection, null, places)).size).toBe(3);
});
