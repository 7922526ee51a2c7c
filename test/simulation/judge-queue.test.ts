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
