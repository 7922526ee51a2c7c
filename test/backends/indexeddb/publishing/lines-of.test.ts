import { expect, test } from 'vitest';
import { linesOf } from '../../../../src/backends/indexeddb/publishing/lines-of.ts';
import { newEvent } from '../new-event.ts';

function keysOf(...events: readonly Parameters<typeof newEvent>[0][]) {
  return [...linesOf(events.map(newEvent))].map(({ store, line }) => [store, ...line]);
}

test('events of one key are one line, and a key of another channel is another one', () => {
  expect(keysOf({ key: 'k' }, { key: 'k', priority: 3 }, { key: 'x' })).toEqual([
    ['late', 'a', 'k'],
    ['late', 'a', 'x'],
  ]);
  expect(keysOf({ key: '' }, { key: '', channel: 'b' })).toEqual([
    ['late', 'a', ''],
    ['late', 'b', ''],
  ]);
});

test('due events of one priority are one line, under the rank by which scans read them', () => {
  expect(keysOf({ priority: 3 }, { priority: 3 }, { priority: -50 })).toEqual([
    ['returned', 'a', -3],
    ['returned', 'a', 0.05],
  ]);
});

test('events without a key whose place does not depend on their commits are in no line', () => {
  expect(keysOf({}, { delayMs: 5 }, { priority: 3, delayMs: 5 }, { priority: 0 })).toEqual([]);
  expect(keysOf({ priority: 3, availableAt: 9 })).toEqual([]);
});
