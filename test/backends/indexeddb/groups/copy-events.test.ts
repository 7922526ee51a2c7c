import { expect, test } from 'vitest';
import type { Write } from '../../../../src/backends/indexeddb/database/transactions.ts';
import { copyStep, type Uncopied } from '../../../../src/backends/indexeddb/groups/copy-events.ts';
import {
  LARGE_BYTES,
  POSITION_STEP,
  segmentsOf,
} from '../../../../src/backends/indexeddb/schema/event-rows.ts';
import type { GroupsRow } from '../../../../src/backends/indexeddb/schema/groups-row.ts';
import type { SegmentRow } from '../../../../src/backends/indexeddb/schema/payload-rows.ts';
import type { EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import type { NewEvent } from '../../../../src/queue/event-store.ts';
import { newEvent } from '../new-event.ts';

type Segment = Required<SegmentRow>;

const NOW = 70;
const G = 'a@g@1';
const H = 'a@h@2';

function groupsAt(seq: number, queues: readonly string[], hasPlain = true): Required<GroupsRow> {
  return { v: 1, queue: 'a@', seq, queues, hasPlain, ended: [] };
}

function segment(seq: number, ...events: readonly Partial<NewEvent>[]): Segment {
  const all = events.map((event, at) => newEvent({ eventId: `${seq}-${at}`, ...event }));
  return { ...segmentsOf(all)[0], seq } as Segment;
}

interface Given {
  readonly groups?: readonly Required<GroupsRow>[];
  readonly newest?: Partial<EpochRow>;
  readonly lastSeq?: number;
}

function step(segments: readonly unknown[], given: Given = {}) {
  const { groups = [groupsAt(1, [G, H])], newest, lastSeq = 9 } = given;
  const row = { queue: 'a', epoch: 4, spentAt: NOW, copiedSeq: 2, ...newest };
  const table = { newest: row, openEpochs: [], lowWater: { inlineEpoch: 4 } };
  const { writes, ending } = copyStep(
    { table, segments, groups, lastSeq } as unknown as Uncopied,
    NOW,
  );
  const epoch = writes.at(-1) as readonly [string, string, EpochRow];
  expect(epoch.slice(0, 2)).toEqual(['add', 'epochs']);
  return { writes: writes.slice(0, -1), epoch: epoch[2], ending };
}

const rowsOf = (writes: readonly Write[], verb: string, store: string) =>
  writes.flatMap((write) => (write[0] === verb && write[1] === store ? [write[2]] : [])) as Record<
    string,
    unknown
  >[];

test('each group gets a copy of the segment, the plain queue keeps it, and the step is a decision of the plain queue', () => {
  const { writes, epoch, ending } = step([segment(2, {}, {})]);
  const copies = rowsOf(writes, 'add', 'segments');
  expect(copies.map(({ queue, ids, bytes }) => [queue, ids, bytes])).toEqual([
    [G, ['2-0', '2-1'], 16],
    [H, ['2-0', '2-1'], 16],
  ]);
  expect(writes).toHaveLength(2);
  expect(ending).toBe('commit');
  expect(epoch).toMatchObject({ epoch: 5, copiedSeq: 3, copiedPosition: 9 + 2 * POSITION_STEP });
});

test('in a channel without a plain queue the copied segments are deleted', () => {
  const { writes } = step([segment(2, {}), segment(3, {}), segment(5, {})], {
    groups: [groupsAt(1, [G], false)],
  });
  const ranges = rowsOf(writes, 'delete', 'segments') as unknown as IDBKeyRange[];
  expect(ranges.map(({ lower, upper }) => [lower, upper])).toEqual([
    [2, 3],
    [5, 5],
  ]);
  expect(rowsOf(writes, 'add', 'segments')).toMatchObject([{ ids: ['2-0', '3-0', '5-0'] }]);
});

test('a segment goes to the groups that existed when it was committed, and still exist', () => {
  const groups = [groupsAt(1, [G, H]), groupsAt(3, [H, 'a@i@3'])];
  const first = step([segment(2, {}), segment(4, {})], { groups });
  expect(rowsOf(first.writes, 'add', 'segments').map(({ queue, ids }) => [queue, ids])).toEqual([
    [H, ['2-0']],
  ]);
  expect(first.epoch.copiedSeq).toBe(3);
  const second = step([segment(4, {})], { groups, newest: { copiedSeq: 3 } });
  expect(rowsOf(second.writes, 'add', 'segments').map(({ queue }) => queue)).toEqual([
    ...[H, 'a@i@3'],
  ]);
  // The change that no later segment needs is deleted.
  expect(second.writes.filter(([verb]) => verb === 'delete')).toEqual([
    ['delete', 'segments', IDBKeyRange.only(1)],
  ]);
});

test('events before the first group stay to the plain queue', () => {
  const { writes, epoch } = step([segment(2, {})], { groups: [groupsAt(3, [G])] });
  expect(writes).toEqual([]);
  expect(epoch.copiedSeq).toBe(3);
});

test.each([
  ['was redriven', { redriven: [null] }],
  ['cannot be used', { ids: 5 }],
])(
  'a segment that %s stays to the plain queue, and is copied by a step of its own',
  (_, change) => {
    const odd = { ...segment(2, {}), ...change };
    const { writes, epoch } = step([odd, segment(3, {})]);
    expect([writes, epoch.copiedSeq]).toEqual([[], 3]);
    expect(step([segment(3, {}), { ...odd, seq: 4 }]).epoch.copiedSeq).toBe(4);
  },
);

test('a step copies 4 MiB at most, and at least one segment', () => {
  const large = (seq: number) => segment(seq, { bytes: 3 * 1_048_576 });
  const { epoch, ending } = step([large(2), large(3)]);
  expect([epoch.copiedSeq, ending]).toEqual([3, 'auto']);
  const half = (seq: number) => segment(seq, { bytes: 2 * 1_048_576 });
  expect(step([half(2), half(3), segment(4, { bytes: 1 })]).epoch.copiedSeq).toBe(4);
});

test('a step with a large value or a Blob ends by itself', () => {
  expect(step([segment(2, { bytes: LARGE_BYTES })]).ending).toBe('commit');
  expect(step([segment(2, { bytes: LARGE_BYTES + 1 })]).ending).toBe('auto');
  expect(step([segment(2, { payload: new Blob([]) })]).ending).toBe('auto');
});

test('events that wait get rows of their own in each queue, after all that was copied before', () => {
  const rows = [segment(2, { priority: 3 }, { delayMs: 5 }), segment(3, { priority: 4 })];
  const { writes, epoch } = step(rows, { newest: { copiedPosition: 12 } });
  const waiting = rowsOf(writes, 'put', 'returned');
  const at = (count: number, after: number) => after + count * POSITION_STEP;
  expect(waiting.map(({ queue, at: id, seq }) => [queue, id, seq])).toEqual([
    ...[G, H].flatMap((queue) => [
      [queue, `${queue}@2.0`, at(1, 12)],
      [queue, `${queue}@2.1`, at(2, 12)],
    ]),
    ...[0, 1].map((index) => ['a', `a@2.${index}`, at(index + 1, 2)]),
    ...[G, H].map((queue) => [queue, `${queue}@3.0`, at(3, 12)]),
    ['a', 'a@3.0', at(1, 3)],
  ]);
  expect(rowsOf(writes, 'put', 'late')).toHaveLength(waiting.length);
  expect(rowsOf(writes, 'put', 'late')[0]).toMatchObject({ eventId: '2-0', queue: G, priority: 3 });
  expect(epoch.copiedPosition).toBe(at(3, 12));
  expect(writes.filter(([verb]) => verb === 'delete')).toEqual([
    ['delete', 'segments', IDBKeyRange.bound(2, 3)],
  ]);
});

test('events that only the groups lack go to those that are named, and not to the plain queue again', () => {
  const row = { ...segment(2, { priority: 3 }), onlyTo: [H, 'gone'] };
  const { writes } = step([row]);
  expect(rowsOf(writes, 'put', 'returned').map(({ queue }) => queue)).toEqual([H]);
  const plain = { ...segment(2, {}), onlyTo: [H] };
  expect(rowsOf(step([plain]).writes, 'add', 'segments').map(({ queue }) => queue)).toEqual([H]);
});

test('segments of different kinds are copied one kind a step', () => {
  const own = (seq: number) => segment(seq, { priority: 3 });
  expect(step([segment(2, {}), own(3)]).epoch.copiedSeq).toBe(3);
  expect(step([own(2), { ...own(3), onlyTo: [H] }]).epoch.copiedSeq).toBe(3);
  expect(step([own(2), own(3), own(4)]).epoch.copiedSeq).toBe(5);
});

test('each copy of an event with a retention has a pending result, and the event only with a plain queue', () => {
  const row = segment(2, { retentionMs: 9 }, {}, { retentionMs: 9, priority: 3 });
  for (const kept of [row, segment(2, { retentionMs: 9 }, {})]) {
    const results = rowsOf(step([kept]).writes, 'put', 'results');
    expect(new Set(results.map(({ queue }) => queue))).toEqual(new Set([G, H]));
    expect(results).toHaveLength(kept === row ? 4 : 2);
    expect(results[0]).toMatchObject({ eventId: '2-0', result: { state: 'pending' } });
    expect(rowsOf(step([kept]).writes, 'delete', 'results')).toEqual([]);
  }
  const { writes } = step([segment(2, { retentionMs: 9 }, {})], {
    groups: [groupsAt(1, [G], false)],
  });
  expect(rowsOf(writes, 'delete', 'results')).toEqual([['a', '2-0']]);
});
