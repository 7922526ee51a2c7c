// Covers src/testing/history/check-history.ts, src/testing/history/replacements.ts, src/testing/history/delivery-rules.ts, src/testing/history/loss-rule.ts,
// src/testing/history/order-rules.ts, src/testing/history/receipt-rule.ts, src/testing/history/event-story.ts,
// src/testing/history/channel-story.ts, src/testing/history/missed-rule.ts, src/testing/history/group-rule.ts,
// src/testing/history/dependency-rule.ts, src/testing/history/result-rule.ts
import { checkHistory, type HistoryRecord, type HistoryRule } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { BROKEN } from './broken-histories.ts';
import { BROKEN_LETTERS } from './broken-letters.ts';
import { ack, first, history, publish } from './calls.ts';
import { SOUND_KEYED } from './keyed-histories.ts';
import { SOUND_REDRIVEN } from './redriven-histories.ts';
import { BROKEN_REPEATED, SOUND_REPEATED } from './repeated-histories.ts';
import { BROKEN_RESULTS, SOUND_RESULTS } from './result-histories.ts';
import { SOUND } from './sound-histories.ts';

function rulesBroken(records: readonly HistoryRecord[]): HistoryRule[] {
  const violations = checkHistory(records, { orderedChannels: ['mail'], groupsStartEmpty: true });
  return [...new Set(violations.map(({ rule }) => rule))];
}

describe('a sound history', () => {
  for (const [name, given] of [
    ...SOUND,
    ...SOUND_KEYED,
    ...SOUND_REDRIVEN,
    ...SOUND_REPEATED,
    ...SOUND_RESULTS,
  ])
    test(name, () => {
      expect(checkHistory(history(...given), { orderedChannels: ['mail'] })).toEqual([]);
    });
});

describe('a history that breaks exactly one rule', () => {
  for (const [rule, name, given] of [
    ...BROKEN,
    ...BROKEN_LETTERS,
    ...BROKEN_REPEATED,
    ...BROKEN_RESULTS,
  ])
    test(`${rule}: ${name}`, () => {
      const records = history(...given);
      expect(rulesBroken(records)).toEqual([rule]);
      expect(rulesBroken(records.toReversed())).toEqual([rule]);
    });
});

test('an event that died of its age no longer holds back its key, also where it was redriven', () => {
  const records = history(
    { ...publish, key: 'k' },
    { ...publish, eventId: 'e2', key: 'k' },
    { ...first, eventId: 'e2' },
    { ...ack, eventId: 'e2' },
    { operation: 'redrive' },
    { ...first, lease: 2 },
    { ...ack, lease: 2 },
  );
  expect(checkHistory(records)).toEqual([]);
});

test('an event that died of its age frees its key, also where it was redriven and acknowledged in one moment', () => {
  const records = history(
    { ...publish, key: 'k' },
    { ...publish, eventId: 'e2', key: 'k' },
    { ...first, eventId: 'e2' },
    { ...ack, eventId: 'e2' },
    { operation: 'redrive', invoked: 40, time: 40 },
    { ...first, lease: 2, invoked: 40, time: 40 },
    { ...ack, lease: 2, invoked: 40, time: 40 },
  );
  expect(checkHistory(records)).toEqual([]);
});

test('a member may get what was published before it joined', () => {
  const joined = { operation: 'create-group', group: 'm' } as const;
  const records = history(publish, joined, { ...first, group: 'm' }, { ...ack, group: 'm' });
  expect(checkHistory(records)).toEqual([]);
});

test('an incomplete history shows no loss', () => {
  expect(checkHistory(history(publish), { isComplete: false })).toEqual([]);
});

describe('after all faults were healed', () => {
  // Published at 5, acknowledged at 25.
  const records = history(publish, first, ack);

  test('what was done in time is sound', () => {
    expect(checkHistory(records, { healed: { at: 10, withinMs: 15 } })).toEqual([]);
  });

  test('what was done later is late', () => {
    const rules = checkHistory(records, { healed: { at: 10, withinMs: 14 } });
    expect(rules).toMatchObject([{ rule: 'late', eventId: 'e1' }]);
  });

  test('what was published later may take longer', () => {
    expect(checkHistory(records, { healed: { at: 1, withinMs: 1 } })).toEqual([]);
  });

  test('a group gets no event that another publish of its id may have stored before the group, whose answer comes later', () => {
    const given = [
      { ...publish, context: 'b', time: 95 },
      { operation: 'create-group', group: 'g' } as const,
      publish,
    ];
    expect(
      checkHistory(history(...given), { isComplete: false, healed: { at: 40, withinMs: 10 } }),
    ).toEqual([]);
  });

  test.each(['delete-group', 'purge'] as const)(
    'what a %s may have taken is not late, although its answer comes later',
    (operation) => {
      const group = { operation: 'create-group', group: 'g' } as const;
      const taking = { operation, time: 95, ...(operation === 'delete-group' && { group: 'g' }) };
      const records = history(group, publish, taking);
      expect(checkHistory(records, { healed: { at: 16, withinMs: 10 } })).toEqual([]);
    },
  );

  test('what was reported as missed is done', () => {
    const given = [
      { operation: 'create-group', group: 'm' } as const,
      publish,
      { operation: 'missed', group: 'm', count: 1 } as const,
    ];
    expect(checkHistory(history(...given), { healed: { at: 20, withinMs: 10 } })).toEqual([]);
  });
});

test('a violation names the event, the channel, the group and the records', () => {
  const records = history({ operation: 'create-group', group: 'g' }, publish);
  expect(checkHistory(records)).toEqual([
    { rule: 'lost', channel: 'mail', eventId: 'e1', group: 'g', records: [records[1]] },
  ]);
});

/** Publishes, delivers and acknowledges `eventCount` events, one channel in ten of them with keys. */
function longHistory(eventCount: number): HistoryRecord[] {
  return Array.from({ length: eventCount }, (_, index) => {
    const at = index * 10;
    const channel = `c${index % 100}`;
    const base = {
      context: `t${index % 7}`,
      channel,
      eventId: `e${index}`,
      outcome: 'ok',
    } as const;
    const key = index % 10 === 0 ? `k${index % 50}` : undefined;
    return [
      { ...base, operation: 'publish', invoked: at, time: at + 1, ...(key && { key }) },
      { ...base, operation: 'deliver', invoked: at + 2, time: at + 3, lease: index, attempts: 1 },
      { ...base, operation: 'ack', invoked: at + 4, time: at + 5, lease: index },
    ] satisfies HistoryRecord[];
  }).flat();
}

test('twenty thousand events of one key, one after the other', {
  timeout: 60_000,
}, () => {
  const records = longHistory(20_000).map((record) =>
    record.operation === 'publish'
      ? { ...record, channel: 'c0', key: 'k' }
      : { ...record, channel: 'c0' },
  );
  expect(checkHistory(records, { orderedChannels: ['c0'] })).toEqual([]);
});

test('a million records', { timeout: 60_000 }, () => {
  expect(checkHistory(longHistory(333_334))).toEqual([]);
});
