// Covers src/backends/indexeddb/publishing/replaced-in-groups.ts
import { expect, test } from 'vitest';
import {
  type CopiedChannel,
  ReplacedInGroups,
} from '../../../../src/backends/indexeddb/publishing/replaced-in-groups.ts';
import type { EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { newEvent } from '../new-event.ts';

const replacing = newEvent({ key: 'k', replaces: 'waiting' });

interface Given {
  readonly queues?: readonly string[];
  readonly hasPlain?: boolean;
  readonly lastSeq?: number;
  readonly copiedPosition?: number;
}

function channelOf({ queues, hasPlain = true, lastSeq = 7, copiedPosition }: Given): CopiedChannel {
  const newest = { queue: 'a', epoch: 4, ...(copiedPosition !== undefined && { copiedPosition }) };
  const groups = queues
    ? [
        { queues: ['outdated'], hasPlain: !hasPlain },
        { queues, hasPlain },
      ]
    : [];
  const table = { newest: { spentAt: 0, ...newest }, openEpochs: [], lowWater: {} };
  return { stamp: { at: 50 }, table, groups, lastSeq } as unknown as CopiedChannel;
}

function prepare(given: Given | undefined, events = [replacing]): Promise<ReplacedInGroups> {
  return ReplacedInGroups.prepare(events, {
    groupsOf: () => [],
    copyAll: async () => given && channelOf(given),
  });
}

test('each group gets a copy with an id of its own, beside the event of the plain queue', async () => {
  const inGroups = await prepare({ queues: ['a@g@1', 'a@h@2'] });
  expect(inGroups.copiesOf(replacing)).toEqual([
    replacing,
    { ...replacing, channel: 'a@g@1', dedupe: { uniqueId: 'a@g@1@e', until: 0 } },
    { ...replacing, channel: 'a@h@2', dedupe: { uniqueId: 'a@h@2@e', until: 0 } },
  ]);
  const named = { ...replacing, dedupe: { uniqueId: 'u', until: 9 } };
  expect(inGroups.copiesOf(named)?.map(({ dedupe }) => dedupe?.uniqueId)).toEqual([
    ...['u', 'a@g@1@u', 'a@h@2@u'],
  ]);
});

test('without a plain queue only the groups get it, and without a change of groups only the plain queue', async () => {
  const grouped = await prepare({ queues: ['a@g@1'], hasPlain: false });
  expect(grouped.copiesOf(replacing)?.map(({ channel }) => channel)).toEqual(['a@g@1']);
  expect((await prepare({})).copiesOf(replacing)).toEqual([replacing]);
});

test('events of other keys, of other channels, and of a channel without groups are left to a copy step', async () => {
  const inGroups = await prepare({ queues: ['a@g@1'] });
  for (const other of [newEvent(), newEvent({ key: 'x' }), newEvent({ key: 'k', channel: 'b' })])
    expect(inGroups.copiesOf(other)).toBe(undefined);
  expect(inGroups.copiesOf(newEvent({ key: 'k' }))).toHaveLength(2);
  expect((await prepare(undefined)).copiesOf(replacing)).toBe(undefined);
});

test('copies come after every segment and every copy before', async () => {
  expect((await prepare({ lastSeq: 7 })).position).toBe(7);
  expect((await prepare({ lastSeq: 7, copiedPosition: 8.5 })).position).toBe(8.5);
  expect((await prepare({ lastSeq: 0 })).position).toBe(0);
  expect((await prepare(undefined)).position).toBe(0);
});

test('the commit takes the next epoch of the plain queue, even where that gets no copy', async () => {
  const inGroups = await prepare({ queues: ['a@g@1'], hasPlain: false });
  const copy = { queue: 'a@g@1', epoch: 2 } as EpochRow;
  const [first, plain, ...others] = inGroups.complete([copy], 9.5);
  expect([first, others]).toEqual([copy, []]);
  expect(plain).toMatchObject({ queue: 'a', epoch: 5, copiedPosition: 9.5 });
  expect(inGroups.stamp).toEqual({ at: 50 });
});

test('what was decided in the plain queue since the copy is not known, so its epoch is that of the copy', async () => {
  const inGroups = await prepare({ queues: [] });
  const later = { queue: 'a', epoch: 9, cancelledSeq: 3 } as EpochRow;
  expect(inGroups.complete([later], 9.5)).toEqual([{ ...later, epoch: 5, copiedPosition: 9.5 }]);
});

test('without groups nothing is added to the epochs, and no read limits the commit', async () => {
  const inGroups = await prepare(undefined);
  const row = { queue: 'a', epoch: 9 } as EpochRow;
  expect([inGroups.complete([row], 9.5), inGroups.stamp]).toEqual([[row], undefined]);
});

test('a context that cannot copy refuses to replace an event in a channel with groups', async () => {
  await expect(ReplacedInGroups.prepare([replacing], undefined)).rejects.toMatchObject({
    ...{ code: 'unsupported', channel: 'a' },
  });
  const others = await ReplacedInGroups.prepare([newEvent({ key: 'k' })], undefined);
  expect(others.copiesOf(replacing)).toBe(undefined);
});
