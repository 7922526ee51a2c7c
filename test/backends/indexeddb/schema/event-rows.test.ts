import { expect, test } from 'vitest';
import {
  carriedOf,
  delayedRowOf,
  eventOfDelayedRow,
  eventOfSegment,
  hasOwnRow,
  LARGE_BYTES,
  letGoRowOf,
  MAX_SEGMENT_EVENTS,
  segmentsOf,
  waitingRowOf,
} from '../../../../src/backends/indexeddb/schema/event-rows.ts';
import type { SegmentRow } from '../../../../src/backends/indexeddb/schema/payload-rows.ts';
import { heldAt, rankOf } from '../../../../src/backends/indexeddb/schema/schema.ts';
import type { Redriven } from '../../../../src/core/events/message.ts';
import type { NewEvent } from '../../../../src/queue/event-store.ts';
import { newEvent } from '../new-event.ts';

const pending = { eventId: 'first', state: 'pending' } as const;
const redriven: Redriven = {
  ...{ count: 1, redrivenAt: 5, attempts: 2, reason: 'rejected', note: null, lastError: null },
  diedAt: 4,
};

function contentOf({ bytes, ...content }: NewEvent): Omit<NewEvent, 'bytes'> {
  return content;
}

test('a segment has the events of one commit and queue, in their order, and their size', () => {
  const events = ['a', 'b', 'a'].map((channel, index) =>
    newEvent({ eventId: `${index}`, channel }),
  );
  const rows = segmentsOf(events);
  expect(rows.map(({ queue, ids, bytes }) => [queue, ids, bytes])).toEqual([
    ['a', ['0', '2'], 16],
    ['b', ['1'], 8],
  ]);
});

test('a segment has as many events as it may have, and the rest are in the next one', () => {
  const events = Array.from({ length: 2 * MAX_SEGMENT_EVENTS + 1 }, () => newEvent());
  const sizes = segmentsOf(events).map(({ ids }) => ids.length);
  expect(sizes).toEqual([MAX_SEGMENT_EVENTS, MAX_SEGMENT_EVENTS, 1]);
});

test('a segment is not larger than its limit, unless one event is', () => {
  const half = LARGE_BYTES / 2;
  const bytes = [half, half, 1, half, half, 3 * half, 1];
  const rows = segmentsOf(bytes.map((size) => newEvent({ bytes: size })));
  expect(rows.map((row) => row.bytes)).toEqual([2 * half, 1 + half, half, 3 * half, 1]);
});

const options: readonly Partial<NewEvent>[] = [
  {},
  { metadata: { traceparent: 'x' } },
  { delayMs: 0 },
  { ttlMs: 0 },
  { ttlMs: 50 },
  { retentionMs: 7 },
  { key: '' },
  { key: 'k', onDeadLetter: 'block' },
  { redriven },
];

test('each option of an event of a segment is read as it was published, beside events without it', () => {
  const events = options.flatMap((given, index) => [
    newEvent({ eventId: `plain ${index}` }),
    newEvent({ eventId: `${index}`, ...given }),
  ]);
  const [row] = segmentsOf(events) as [SegmentRow];
  expect(events.map((_, index) => eventOfSegment(row, index))).toEqual(events.map(contentOf));
});

test('a segment has no column for an option that none of its events has', () => {
  const [row] = segmentsOf([newEvent()]) as [SegmentRow];
  expect(Object.keys(row).sort()).toEqual(['bytes', 'createdAt', 'ids', 'payloads', 'queue', 'v']);
  expect(eventOfSegment(row, 0)).toEqual(contentOf(newEvent()));
  for (const given of options.slice(1)) {
    const [more] = segmentsOf([newEvent(), newEvent(given)]) as [SegmentRow];
    expect(Object.keys(more).length).toBe(given.onDeadLetter ? 8 : 7);
  }
});

test('the terms of events with rows of their own are kept until the events are copied to groups', () => {
  const given = [
    { delayMs: 5 },
    { availableAt: 0 },
    { priority: 3, delayMs: 0 },
    { after: pending, onDeadLetter: 'block' },
    { after: pending },
    {},
  ] as const;
  const [row] = segmentsOf(given.map(newEvent)) as [SegmentRow];
  expect(row.own).toEqual([...given.slice(0, 2), { priority: 3 }, ...given.slice(3)]);
});

test.each<readonly [Partial<NewEvent>, boolean]>([
  [{}, false],
  [{ delayMs: 0 }, false],
  [{ delayMs: 1 }, true],
  [{ availableAt: 0 }, true],
  [{ priority: -1 }, true],
  [{ key: 'k' }, false],
  [{ key: 'k', replaces: 'waiting' }, true],
  [{ after: pending }, true],
])('an event with %o waits outside of the segments: %s', (given, isOwn) => {
  expect(hasOwnRow(newEvent(given))).toBe(isOwn);
});

test.each<readonly [Partial<NewEvent>]>([
  [{ delayMs: 5 }],
  [{ delayMs: 0, priority: -2 }],
  [{ ttlMs: 0 }],
  [{ retentionMs: 7, key: '' }],
  [{ key: 'k', onDeadLetter: 'block' }],
  [{ after: pending }],
  [{ redriven, metadata: { a: 1 } }],
])('the row of an event with %o is read as it was published', (given) => {
  const event = newEvent(given);
  expect(eventOfDelayedRow(delayedRowOf(event, 3))).toEqual(contentOf(event));
});

test('two events of one id that a caller chose have rows of their own', () => {
  const event = newEvent({ delayMs: 5, dedupe: { uniqueId: 'u', until: 9 } });
  const row = delayedRowOf(event);
  expect([row.id, row.eventId, waitingRowOf(event, 1).at]).toEqual(['u', 'e', 'u']);
  expect(eventOfDelayedRow(row).eventId).toBe('e');
});

test('the row of an event has its position only with a key, whose order it gives', () => {
  expect(delayedRowOf(newEvent({ key: 'k' }), 3).seq).toBe(3);
  expect('seq' in delayedRowOf(newEvent(), 3)).toBe(false);
});

test('a delayed event is due after its delay, also by a clock that is set back, and one for a later time at that time', () => {
  const delayed = waitingRowOf(newEvent({ delayMs: 5 }), 3);
  expect(delayed).toMatchObject({ seq: 3, dueAt: 1_005, availableAt: 1_005, since: 1_000 });
  const later = waitingRowOf(newEvent({ availableAt: 9_000 }), 3);
  expect(later).toMatchObject({ dueAt: 9_000, availableAt: 9_000, attempts: 0 });
  expect('since' in later).toBe(false);
  expect(waitingRowOf(newEvent({ availableAt: -9 }), 3).dueAt).toBe(1);
});

test('an event that is due at once waits at the rank of its priority, without a time', () => {
  const row = waitingRowOf(newEvent({ priority: 5 }), 3);
  expect(row).toMatchObject({ dueAt: rankOf(5), priority: 5 });
  expect(['since', 'availableAt', 'heldBy'].filter((name) => name in row)).toEqual([]);
});

test('an event that another one holds back waits behind all that are due, and is let go at its own time', () => {
  const event = newEvent({ after: pending, delayMs: 5 });
  const held = waitingRowOf(event, 3);
  expect(held).toMatchObject({ dueAt: heldAt(1_005), heldBy: 'first' });
  expect('since' in held).toBe(false);
  const { heldBy, ...free } = { ...held, dueAt: 1_005, since: 1_000 };
  expect(letGoRowOf(held, event)).toEqual(free);
});

test('an event that was only held back is let go at the rank of its priority', () => {
  const event = newEvent({ after: pending, priority: 2 });
  const row = letGoRowOf(waitingRowOf(event, 3), event);
  expect(row.dueAt).toBe(rankOf(2));
  expect(['since', 'heldBy'].filter((name) => name in row)).toEqual([]);
  expect('since' in letGoRowOf(row, { delayMs: 5 })).toBe(false);
  expect('since' in letGoRowOf(row, { delayMs: 0, createdAt: 1_000 })).toBe(false);
  expect(letGoRowOf(row, { delayMs: 1, createdAt: 1_000 }).since).toBe(1_000);
});

test('what rows and claims carry of an event: its key, whether it blocks, and its retention', () => {
  expect(carriedOf(newEvent())).toEqual({});
  expect(carriedOf(newEvent({ onDeadLetter: 'block', after: pending }))).toEqual({});
  expect(carriedOf(newEvent({ retentionMs: 7 }))).toEqual({ retentionMs: 7 });
  expect(carriedOf(newEvent({ key: 'k', retentionMs: 0 }))).toEqual({ key: 'k' });
  expect(carriedOf(newEvent({ key: '', onDeadLetter: 'block' }))).toEqual({
    key: '',
    blocks: true,
  });
});
