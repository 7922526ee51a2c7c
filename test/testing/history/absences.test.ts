// Covers src/testing/history/absences.ts, src/testing/history/receipt-rule.ts
import { checkHistory } from 'ackline/testing';
import { expect, test } from 'vitest';
import { type Given, history, publish } from './calls.ts';

const join: Given = { operation: 'create-group', context: 'b', group: 'b' };
const leave: Given = { operation: 'delete-group', context: 'b', group: 'b' };
const freeze: Given = { operation: 'freeze', context: 'b', channel: '' };
const thaw: Given = { operation: 'thaw', context: 'b', channel: '' };
const end: Given = { operation: 'end', context: 'b', channel: '' };
/** The publisher waits from the publish on. */
const vanished = (invoked: number): Given => ({
  operation: 'confirm',
  invoked,
  receipts: [{ context: 'b', outcome: 'vanished' }],
});

function rulesBroken(...given: readonly Given[]): string[] {
  const options = { isComplete: false, hasExactMembers: true };
  return checkHistory(history(...given), options).map(({ rule }) => rule);
}

for (const [name, given] of [
  ['froze', [join, publish, freeze, vanished(10)]],
  ['is still frozen', [join, freeze, publish, vanished(20)]],
  ['thawed meanwhile', [join, freeze, publish, thaw, vanished(20)]],
  ['left', [join, publish, leave, vanished(10)]],
  ['left, and joined again', [join, publish, leave, join, vanished(10)]],
  ['ended', [join, publish, end, vanished(10)]],
] as const)
  test(`a receipt says that a member has vanished that ${name} while the publisher waited`, () => {
    expect(rulesBroken(...given)).toEqual([]);
  });

for (const [name, given] of [
  ['was there all the time', [join, publish, vanished(10)]],
  ['froze and thawed before', [join, freeze, thaw, publish, vanished(30)]],
  ['left another channel', [join, publish, { ...leave, channel: 'other' }, vanished(10)]],
  ['froze afterwards', [join, publish, vanished(10), freeze]],
] as const)
  test(`a receipt may not say that a member has vanished that ${name}`, () => {
    expect(rulesBroken(...given)).toEqual(['receipt-mismatch']);
  });

test('without exact knowledge of the members a member may seem to have vanished', () => {
  const records = history(join, publish, vanished(10));
  expect(checkHistory(records, { isComplete: false })).toEqual([]);
});
