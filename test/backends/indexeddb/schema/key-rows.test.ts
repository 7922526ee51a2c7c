import { expect, test } from 'vitest';
import {
  blockedRange,
  blockRowOf,
  endedRowOf,
  endedRowsOf,
  freedRange,
  freedRowOf,
  parkedRowOf,
} from '../../../../src/backends/indexeddb/schema/key-rows.ts';
import { isSound } from '../../../../src/backends/indexeddb/schema/row-checks.ts';
import type { WaitingRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { BLOCKED_AT, PARKED_AT } from '../../../../src/backends/indexeddb/schema/schema.ts';

const keyOf = ({ queue, dueAt, seq, at }: WaitingRow) => [queue, dueAt, seq, at];

test('the freed rows of a queue are in their range, and no event, no block and no row of another queue is', () => {
  const range = freedRange('a');
  expect(range.includes(keyOf(freedRowOf('a', '7', ['k'])))).toBe(true);
  expect(range.includes(keyOf(endedRowOf('a', '7', ['e'])))).toBe(true);
  expect(range.includes(keyOf(freedRowOf('b', '7', ['k'])))).toBe(false);
  expect(range.includes(keyOf(blockRowOf('a', 'k')))).toBe(false);
  for (const key of [
    ['a', 0, 0, 0],
    ['a', 0, 1, 'late'],
    ['a', -1, -1, 0],
    ['a', 0.05, 0, 0],
  ])
    expect(range.includes(key)).toBe(false);
});

test('the blocks of a queue are in their range, and no parked event and no block of another queue is', () => {
  const range = blockedRange('a');
  expect(range.includes(keyOf(blockRowOf('a', '')))).toBe(true);
  expect(range.includes(keyOf(blockRowOf('b', 'k')))).toBe(false);
  expect(range.includes(keyOf(parkedRowOf('a', { seq: 1, at: 0 })))).toBe(false);
});

test('a block comes before all events of its key, and a freed row before all that are due', () => {
  const block = blockRowOf('a', 'k');
  expect(block).toMatchObject({ dueAt: BLOCKED_AT, key: 'k', attempts: 0 });
  const freed = freedRowOf('a', '7', ['k']);
  for (const row of [block, freed]) expect(row.seq).toBeLessThan(0);
  expect(freed).toMatchObject({ dueAt: 0, freed: ['k'], attempts: 0 });
  for (const row of [block, freed, endedRowOf('a', '7', ['e'])])
    expect(isSound('returned', row)).toBe(true);
});

test('a row of ended events and a row of freed keys of one write are two rows', () => {
  const ended = endedRowOf('a', '7', ['e']);
  expect(ended.at).not.toBe(freedRowOf('a', '7', ['k']).at);
  expect(ended.ended).toEqual(['e']);
  expect('freed' in ended).toBe(false);
});

test('a commit names in one row for each queue what its events wait for, and none without such events', () => {
  const row = { v: 1, dueAt: 1, seq: 1, attempts: 0 };
  const waiting: WaitingRow[] = [
    { ...row, queue: 'a', at: 'x', heldBy: 'first' },
    { ...row, queue: 'a', at: 'y' },
    { ...row, queue: 'a', at: 'z', heldBy: 'second' },
    { ...row, queue: 'b', at: 'w', heldBy: '' },
  ];
  const rows = endedRowsOf(waiting);
  expect(rows.map(({ queue, ended }) => [queue, ended])).toEqual([
    ['a', ['first', 'second']],
    ['b', ['']],
  ]);
  expect(endedRowsOf(waiting.slice(1, 2))).toEqual([]);
});

test('a parked event keeps what its next delivery needs, and nothing that is as published', () => {
  const place = { seq: 4, at: 2 };
  const parked = { v: 1, queue: 'a', dueAt: PARKED_AT, ...place };
  expect(parkedRowOf('a', place)).toEqual({ ...parked, attempts: 0 });
  const kept: Partial<WaitingRow> = {
    ...{ attempts: 2, availableAt: 0, lastError: { name: 'Error', message: 'no' }, key: '' },
    ...{ blocks: true, retentionMs: 9, isDelivered: true },
  };
  expect(parkedRowOf('a', { ...place, ...kept })).toEqual({ ...parked, ...kept });
});
