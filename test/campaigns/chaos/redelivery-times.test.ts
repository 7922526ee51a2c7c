import { expect, test } from 'vitest';
import type { HistoryRecord } from '../../../src/testing/history/history-record.ts';
import type { EndOfContext } from './lifetimes.ts';
import { redeliveryTimes } from './redelivery-times.ts';

const crashed = new Map<string, EndOfContext>([
  ['crashed', { at: 90, commandAt: 100, cause: 'crash' }],
]);

function record(
  context: string,
  operation: 'deliver' | 'ack',
  time: number,
  lease: number,
): HistoryRecord {
  const about = { context, operation, outcome: 'ok', channel: 'work-0', eventId: 'e' } as const;
  return { ...about, invoked: time, time, lease };
}

test('an event that a context held when it crashed counts until its next delivery', () => {
  const history = [record('other', 'deliver', 130, 2), record('crashed', 'deliver', 80, 1)];
  expect(redeliveryTimes(history, crashed)).toEqual({ crash: [30], kill: [] });
});

test('an event whose settlement was not answered counts if it is delivered again', () => {
  const unanswered = { ...record('crashed', 'ack', 99, 1), outcome: 'unknown' } as const;
  const history = [record('crashed', 'deliver', 80, 1), unanswered];
  expect(redeliveryTimes(history, crashed).crash).toEqual([]);
  const delivered = [...history, record('other', 'deliver', 130, 2)];
  expect(redeliveryTimes(delivered, crashed).crash).toEqual([30]);
});

test('an event that was settled, or taken over before, does not count', () => {
  const held = record('crashed', 'deliver', 80, 1);
  const settled = [held, record('crashed', 'ack', 85, 1), record('other', 'deliver', 130, 2)];
  expect(redeliveryTimes(settled, crashed).crash).toEqual([]);
  expect(redeliveryTimes([held, record('other', 'deliver', 95, 2)], crashed).crash).toEqual([]);
});
