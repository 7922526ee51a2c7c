import { expect, test } from 'vitest';
import { unusableClaim } from '../../../../src/backends/indexeddb/scanning/claim-table.ts';
import {
  keyOfWaiting,
  quarantineWrites,
  unusableWaitingRow,
} from '../../../../src/backends/indexeddb/scanning/quarantine.ts';
import type { WaitingRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

const row: WaitingRow = { v: 1, queue: 'a', dueAt: 5, seq: 2, at: 'x', attempts: 0 };

test('a waiting row is found by its queue, due time and place', () => {
  expect(keyOfWaiting(row)).toEqual(['a', 5, 2, 'x']);
  expect(unusableWaitingRow(row, 'malformed')).toEqual({
    ...{ store: 'returned', key: ['a', 5, 2, 'x'], reason: 'malformed', row },
  });
});

test('a row that cannot be used is moved, with the time and the reason', () => {
  const unusable = unusableWaitingRow(row, 'malformed');
  expect(quarantineWrites('a', 70, [unusable])).toEqual([
    ['add', 'aside', { v: 1, queue: 'a', at: 70, ...unusable }],
    ['delete', 'returned', ['a', 5, 2, 'x']],
  ]);
});

test('a row that is only marked stays where it is', () => {
  const mark = { store: 'segments', key: 3, reason: 'newer-version', version: 9, from: 1 } as const;
  expect(quarantineWrites('a', 70, [mark])).toEqual([
    ['add', 'aside', { v: 1, queue: 'a', at: 70, ...mark }],
  ]);
});

test('an epoch row guards its number and stays, and an ending ends its claim', () => {
  const claim = { epoch: 4, held: 'junk' };
  const unusable = unusableClaim('epochs', { queue: 'a', epoch: 4 }, claim);
  const [add, end, ...others] = quarantineWrites('a', 70, [unusable]);
  expect(add?.slice(0, 2)).toEqual(['add', 'aside']);
  expect(end).toEqual(['put', 'endings', { v: 1, queue: 'a', epoch: 4, generation: 1 }]);
  expect(others).toEqual([]);
});
