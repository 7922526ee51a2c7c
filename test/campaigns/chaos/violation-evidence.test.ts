import type { HistoryRecord, HistoryViolation } from 'ackline/testing';
import { expect, test } from 'vitest';
import { evidenceOf } from './violation-evidence.ts';

const at = (time: number, rest: Partial<HistoryRecord>): HistoryRecord => ({
  ...{ context: 'a', operation: 'deliver', channel: 'work', eventId: 'e', outcome: 'ok' },
  ...{ invoked: time, time, ...rest },
});

const first = at(20_000, { lease: 1 });
const second = at(20_500, { context: 'b', lease: 2 });
const violation: HistoryViolation = {
  ...{ rule: 'two-leases', channel: 'work', eventId: 'e', records: [first, second] },
};

test('evidence has all records of the event in order, the ends of their contexts, and the faults', () => {
  const nack = at(20_100, { operation: 'nack', outcome: 'unknown', lease: 1 });
  const others = [at(20_200, { eventId: 'other' }), at(20_200, { channel: 'other' })];
  const lines = evidenceOf(violation, {
    history: [second, nack, ...others, first],
    faults: [
      { kind: 'clear-data', from: 15_000, to: 15_100 },
      { kind: 'reload', from: 1_000, to: 1_100 },
      { kind: 'freeze', from: 30_000, to: 31_000 },
    ],
    ends: new Map([
      ['b', { at: 20_400, commandAt: 20_400, cause: 'crash' }],
      ['c', { at: 20_300, commandAt: 20_300, cause: 'crash' }],
    ]),
    publisherOf: () => 'its publisher',
  });
  expect(lines).toEqual([
    'two-leases of e in work:',
    '  15000  fault clear-data until 15100',
    `  20000  ${JSON.stringify(first)}`,
    `  20100  ${JSON.stringify(nack)}`,
    '  20400  end of b (crash)',
    `  20500  ${JSON.stringify(second)}`,
  ]);
});

test('evidence of a violation without an event has the records of the violation', () => {
  const { eventId: _, ...ofChannel } = violation;
  const sources = { history: [first], faults: [], ends: new Map(), publisherOf: () => '' };
  const lines = evidenceOf(ofChannel, sources);
  expect(lines).toHaveLength(3);
});

test('evidence of an event without a publish says what is known of its publisher', () => {
  const unexpected: HistoryViolation = { ...violation, rule: 'unexpected', records: [first] };
  const publisherOf = (eventId: string) => `publisher of ${eventId}`;
  const sources = { history: [first], faults: [], ends: new Map(), publisherOf };
  expect(evidenceOf(unexpected, sources).at(-1)).toBe('  publisher of e');
});
