// Covers test/simulation/judge-queue.ts
import type { HistoryOperation, HistoryRecord } from 'ackline/testing';
import { expect, test } from 'vitest';
import { judgeQueue } from './judge-queue.ts';

function record(
  operation: HistoryOperation,
  time: number,
  others: Partial<HistoryRecord> = {},
): HistoryRecord {
  const call = { operation, invoked: time, time: time + 1, context: 'a', outcome: 'ok' } as const;
  return { ...call, channel: 'mail', eventId: 'e1', ...others };
}

function brokenWith(
  events: readonly 'jump'[],
  outcome: 'ok' | 'failed',
  end: HistoryOperation = 'cancel',
) {
  const records = [
    record('publish', 10),
    record(end, 20),
    record('deliver', 30, { lease: 1, attempts: 1 }),
    record('nack', 40, { lease: 1, outcome }),
  ];
  return judgeQueue({ events }, records, 0).map(({ rule }) => rule);
}

test('a delivery after a cancel is excused where clocks jump and its settlement was refused', () => {
  expect(brokenWith(['jump'], 'failed')).toEqual([]);
  expect(brokenWith(['jump'], 'ok')).toEqual(['delivered-after-cancel']);
  expect(brokenWith([], 'failed')).toEqual(['delivered-after-cancel']);
});

test('so is one after the purge of its dead letter', () => {
  expect(brokenWith(['jump'], 'failed', 'purge')).toEqual([]);
  expect(brokenWith(['jump'], 'ok', 'purge')).toEqual(['returned-after-purge']);
  expect(brokenWith([], 'failed', 'purge')).toEqual(['returned-after-purge']);
});

test('so is one of a group that was deleted before, and none of a group that was created after the event', () => {
  const group = 'reports';
  const brokenIn = (life: readonly HistoryRecord[], outcome: 'ok' | 'failed') => {
    const records = [
      record('publish', 10),
      ...life,
      record('deliver', 40, { group, lease: 1, attempts: 1 }),
      record('ack', 50, { group, lease: 1, outcome }),
    ];
    return judgeQueue({ events: ['jump'] }, records, 0).map(({ rule }) => rule);
  };
  const created = record('create-group', 5, { group });
  const createdLate = record('create-group', 20, { group });
  const deleted = record('delete-group', 30, { group });
  expect(brokenIn([created, deleted], 'failed')).toEqual([]);
  expect(brokenIn([created, deleted], 'ok')).toContain('outside-group');
  expect(brokenIn([createdLate], 'failed')).toContain('outside-group');
});
