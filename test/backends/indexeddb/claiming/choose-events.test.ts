import { expect, test } from 'vitest';
import {
  type Choice,
  changesNothing,
  chooseEvents,
  countFresh,
  leavesOnlySegments,
  splitByKind,
} from '../../../../src/backends/indexeddb/claiming/choose-events.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import type { WaitingRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

const NOW = 1_000;

function snapshotOf(cursor: object, ...segments: readonly object[]): QueueSnapshot {
  const nothing = { due: [], ahead: [], claims: [], unusable: [], stamp: { at: NOW } };
  return { ...nothing, newest: { epoch: 1, cursor }, segments } as unknown as QueueSnapshot;
}

const segmentOf = (seq: number, size: number, verdict = 'ok', ttls?: readonly number[]) => ({
  ...{ seq, size, verdict },
  row: {
    ...{ v: 1, queue: 'a', createdAt: Array(size).fill(NOW), payloads: [], ttls },
    ids: Array.from({ length: size }, (_, at) => `${seq}-${at}`),
  },
});

function waiting(seq: number, at: number, given: Partial<WaitingRow> = {}): WaitingRow {
  return { v: 1, queue: 'a', seq, at, dueAt: 0, attempts: 1, ...given };
}

const retry = { dueAt: 5, lastError: { name: 'Error', message: 'no' } };

const placesOf = ({ chosen }: Choice) => chosen.map(({ seq, at }) => `${seq}:${at}`);

const START = { seq: 0, at: 0 };

test('chooseEvents: a forged cursor behind the end of its segment advances to the next one', () => {
  for (const at of [5, 2]) {
    const { chosen, cursor } = chooseEvents(snapshotOf({ seq: 3, at }, segmentOf(3, 2)), 9);
    expect([chosen, cursor]).toEqual([[], { seq: 4, at: 0 }]);
  }
});

test('chooseEvents: the cursor passes a segment of a newer version, which is unusable from its first unclaimed event', () => {
  const newer = segmentOf(3, 0, 'newer');
  const { cursor, unusable } = chooseEvents(snapshotOf({ seq: 3, at: 1 }, newer), 9);
  expect(cursor).toEqual({ seq: 4, at: 0 });
  expect(unusable).toMatchObject([{ key: 3, reason: 'newer-version', from: 1 }]);
});

test('chooseEvents: a malformed segment is unusable with its row, and the events behind it are chosen', () => {
  const malformed = segmentOf(3, 0, 'malformed');
  const choice = chooseEvents(snapshotOf({ seq: 3, at: 1 }, malformed, segmentOf(5, 1)), 9);
  expect(choice.unusable).toEqual([
    { store: 'segments', key: 3, reason: 'malformed', row: malformed.row },
  ]);
  expect([placesOf(choice), choice.cursor]).toEqual([['5:0'], { seq: 6, at: 0 }]);
});

test.each([
  [1, ['3:1'], { seq: 3, at: 2 }],
  [2, ['3:1', '3:2'], { seq: 4, at: 0 }],
  [3, ['3:1', '3:2', '5:0'], { seq: 5, at: 1 }],
  [9, ['3:1', '3:2', '5:0', '5:1'], { seq: 6, at: 0 }],
])(
  'chooseEvents: a claim of %i takes the next events, and its cursor is behind the last of them',
  (limit, places, cursor) => {
    const snapshot = snapshotOf(
      { seq: 3, at: 1 },
      segmentOf(2, 4),
      segmentOf(3, 3),
      segmentOf(5, 2),
    );
    const choice = chooseEvents(snapshot, limit);
    expect([placesOf(choice), choice.cursor]).toEqual([places, cursor]);
    expect(choice.chosen.every(({ attempts }) => attempts === 0)).toBe(true);
    expect(countFresh(snapshot)).toBe(4);
  },
);

test('chooseEvents: cancelled events are left out, and the cursor passes them', () => {
  const snapshot = { ...snapshotOf(START, segmentOf(1, 3)), cancelled: new Set(['1:0', '1:2']) };
  const choice = chooseEvents(snapshot, 9);
  expect([placesOf(choice), choice.cursor]).toEqual([['1:1'], { seq: 2, at: 0 }]);
  const all = { ...snapshot, cancelled: new Set(['1:0', '1:1', '1:2']) };
  const none = chooseEvents(all, 9);
  expect([placesOf(none), none.cursor]).toEqual([[], { seq: 2, at: 0 }]);
  // Such a claim moves the cursor.
  expect(changesNothing(all, none)).toBe(false);
});

test('chooseEvents: an expired event takes no place, up to a thousand of them', () => {
  const ttls = [0, -1, 1, 0, 0];
  const choice = chooseEvents(snapshotOf(START, segmentOf(1, 5, 'ok', ttls)), 2);
  expect(placesOf(choice)).toEqual(['1:0', '1:1', '1:2']);
  expect(choice.chosen.map(({ isExpired }) => isExpired)).toEqual([true, false, false]);
  const many = Array(1_500).fill(0);
  const { chosen } = chooseEvents(snapshotOf(START, segmentOf(1, 1_500, 'ok', many)), 2);
  expect(chosen).toHaveLength(1_000);
});

test('chooseEvents: returned events are in commit order among those of segments', () => {
  const due = [waiting(2, 0), waiting(1, 1), waiting(0.5, 0, { at: 'late' }), waiting(9, 0)];
  const snapshot = { ...snapshotOf({ seq: 1, at: 2 }, segmentOf(1, 3), segmentOf(3, 1)), due };
  expect(placesOf(chooseEvents(snapshot, 9))).toEqual([
    ...['0.5:late', '1:1', '1:2', '2:0', '3:0', '9:0'],
  ]);
  expect(placesOf(chooseEvents(snapshot, 2))).toEqual(['0.5:late', '1:1']);
  expect(chooseEvents(snapshot, 9).chosen.every(({ isExpired }) => !isExpired)).toBe(true);
  // What lies behind segments that were not read may not be the next.
  expect(placesOf(chooseEvents(snapshot, 9, true))).toEqual([
    ...['0.5:late', '1:1', '1:2', '2:0', '3:0'],
  ]);
});

test('chooseEvents: a claim that returned events fill leaves the cursor before the events of segments', () => {
  const due = [waiting(0.5, 0, { at: 'late' })];
  const segment = segmentOf(1, 3);
  for (const size of [1, 3]) {
    const full = chooseEvents({ ...snapshotOf(START, { ...segment, size }), due }, 1);
    expect([placesOf(full), full.cursor]).toEqual([['0.5:late'], START]);
  }
  const behind = [waiting(1.5, 0, { at: 'late' })];
  const choice = chooseEvents({ ...snapshotOf(START, segment), due: behind }, 2);
  expect([placesOf(choice), choice.cursor]).toEqual([['1:0', '1:1'], { seq: 1, at: 2 }]);
});

test('chooseEvents: retries and others share a claim, and the odd place goes to one kind and then to the other', () => {
  const due = [5, 6, 7, 8].map((seq) => waiting(seq, 0, retry));
  const snapshot = { ...snapshotOf(START, segmentOf(9, 4)), due };
  const first = chooseEvents(snapshot, 3);
  expect([placesOf(first), first.turn]).toEqual([['5:0', '9:0', '9:1'], 'retries']);
  const newest = { ...snapshot.newest, turn: 'retries' as const };
  const second = chooseEvents({ ...snapshot, newest }, 3);
  expect([placesOf(second), second.turn]).toEqual([['5:0', '6:0', '9:0'], 'placed']);
  expect(placesOf(chooseEvents(snapshot, 20))).toHaveLength(8);
});

test('a retry is an event that failed and is due after a delay', () => {
  const rows = [
    waiting(1, 0, retry),
    waiting(2, 0, { dueAt: 1, attempts: 1 }),
    waiting(3, 0, { dueAt: 5, attempts: 0 }),
    waiting(4, 0, { ...retry, dueAt: 0 }),
    waiting(5, 0, { ...retry, dueAt: 0.5 }),
  ];
  const { placed, retries } = splitByKind(rows);
  expect([placed, retries].map((kind) => kind.map(({ seq }) => seq))).toEqual([
    [3, 4, 5],
    [1, 2],
  ]);
});

test('a forged cursor behind all events leaves none that is fresh, and not fewer', () => {
  expect(countFresh(snapshotOf({ seq: 3, at: 9 }, segmentOf(3, 2)))).toBe(0);
});

test('a claim without an event, an unusable row or a moved cursor changes nothing', () => {
  const snapshot = snapshotOf({ seq: 3, at: 1 });
  const choice = chooseEvents(snapshot, 9);
  expect(changesNothing(snapshot, choice)).toBe(true);
  const keyed = { parked: [], freed: [], stillFreed: [], isChange: false };
  expect(changesNothing(snapshot, { ...choice, keyed })).toBe(true);
  expect(changesNothing(snapshot, { ...choice, keyed: { ...keyed, isChange: true } })).toBe(false);
  expect(changesNothing(snapshot, { ...choice, cursor: { seq: 3, at: 2 } })).toBe(false);
  const unusable = [{ store: 'late', key: 'x', reason: 'malformed' }] as const;
  expect(changesNothing(snapshot, { ...choice, unusable })).toBe(false);
  const chosen = chooseEvents(snapshotOf(START, segmentOf(1, 1)), 1).chosen;
  for (const rows of [[], unusable])
    expect(changesNothing(snapshot, { ...choice, chosen, unusable: rows })).toBe(false);
});

test.each<readonly [string, Partial<QueueSnapshot>, Partial<Choice>]>([
  ['an event was cancelled', { cancelled: new Set(['9:0']) }, {}],
  ['an event has a key', {}, { keyed: { parked: [], freed: [], stillFreed: [], isChange: false } }],
  ['an event may let others go', { ended: [] }, {}],
  ['a row cannot be used', {}, { unusable: [{ store: 'late', key: 'x', reason: 'malformed' }] }],
  ['the clock was set back', { ahead: [waiting(1, 0)] }, {}],
  [
    'a row cannot be used and the clock was set back',
    { ahead: [waiting(1, 0)] },
    { unusable: [{ store: 'late', key: 'x', reason: 'malformed' }] },
  ],
  ['a waiting event is left', { due: [waiting(1, 0), waiting(2, 0)] }, {}],
  ['the channel has groups', { newest: { copiedSeq: 0 } as QueueSnapshot['newest'] }, {}],
])('later claims are not made from what is known where %s', (_, given, choice) => {
  const snapshot = { ...snapshotOf(START, segmentOf(1, 3)), due: [waiting(1, 0)] };
  const made = chooseEvents(snapshot, 2);
  expect(leavesOnlySegments(snapshot, made)).toBe(true);
  expect(leavesOnlySegments({ ...snapshot, ...given }, { ...made, ...choice })).toBe(false);
});
