import { expect, test } from 'vitest';
import {
  groupsRange,
  isOwnName,
  publicName,
  queueOfGroups,
  soundGroupsRows,
} from '../../../../src/backends/indexeddb/schema/groups-row.ts';

test.each([
  ['a', 'a', false],
  ['a@', 'a@', false],
  ['a@group', 'a@group', false],
  ['a@group@id', 'a@group', true],
  ['a@group@', 'a@group', true],
])('queue %s is known as %s, which is not its own name: %s', (queue, name, isOwn) => {
  expect([publicName(queue), isOwnName(queue)]).toEqual([name, isOwn]);
});

test('the changes of the groups of a channel are in its range, and its events and groups are not', () => {
  const range = groupsRange('a');
  expect(range.includes([queueOfGroups('a'), 1])).toBe(true);
  for (const queue of ['a', 'a@group', 'a@group@id', 'b@'])
    expect(range.includes([queue, 1])).toBe(false);
});

const row = { v: 1, seq: 1, queue: 'a@', queues: ['a@g@1'], hasPlain: true, ended: ['a@h@2'] };

test('rows that another program or another version wrote are left out', () => {
  expect(soundGroupsRows([row, { ...row, queues: [], hasPlain: false, ended: [] }])).toHaveLength(
    2,
  );
  for (const change of [
    { v: 2 },
    { seq: 2 ** 52 },
    { seq: -1 },
    { seq: 0.5 },
    { queues: 'a@g@1' },
    { queues: [1] },
    { queues: Array(10_001).fill('a@g@1') },
    { hasPlain: 1 },
    { ended: undefined },
  ])
    expect(soundGroupsRows([{ ...row, ...change }])).toEqual([]);
  expect(soundGroupsRows([null, 'row'])).toEqual([]);
});
