import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import {
  comparePositions,
  countHeld,
  type HeldEvent,
  holdsPlace,
  packSpans,
  positionKey,
  unpackSpans,
} from '../../../../src/backends/indexeddb/schema/held-spans.ts';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

function claimOf(held: ClaimRow['held']): ClaimRow {
  return {
    ...{ v: 1, queue: 'a', epoch: 1, generation: 0, owner: '', holdUntil: 0, maxAttempts: 10 },
    held,
  };
}

function eventsOf(segments: readonly number[], count: number): HeldEvent[] {
  return segments.flatMap((seq) =>
    Array.from({ length: count }, (_, at) => ({ seq, at, attempts: 1, expiresAt: 30_000 })),
  );
}

test('neighbouring segments with the same held positions are one span', () => {
  const span = { seq: 7, at: 0, attempts: 1, expiresAt: 30_000 };
  expect(packSpans(eventsOf([7], 3))).toEqual([{ ...span, count: 3 }]);
  expect(packSpans(eventsOf([7, 8, 9], 1))).toEqual([{ ...span, count: 1, segments: 3 }]);
  expect(packSpans([...eventsOf([7, 8], 2), ...eventsOf([9], 1), ...eventsOf([11], 1)])).toEqual([
    { ...span, count: 2, segments: 2 },
    { ...span, seq: 9, count: 1 },
    { ...span, seq: 11, count: 1 },
  ]);
});

test('held events are restored unchanged, in commit order', () => {
  const runtime = new ManualRuntime({ seed: 7 });
  const chance = (of: number) => Math.floor(runtime.random() * of);
  for (let round = 0; round < 500; round += 1) {
    const errors = [undefined, { name: 'Error', message: 'failed' }];
    const events: HeldEvent[] = [];
    for (let seq = 1; seq < 8; seq += 1 + chance(2))
      for (let at = chance(2); at < 4; at += 1 + chance(2)) {
        const lastError = errors[chance(8)];
        const lease = { attempts: 1 + chance(8 / 7), expiresAt: 1_000 * (1 + chance(8 / 7)) };
        events.push({ seq, at, ...lease, ...(lastError && { lastError }) });
      }
    if (chance(3) === 0) events.push({ seq: 2.5, at: 'late', attempts: 1, expiresAt: 1_000 });
    const claim = claimOf(packSpans(events.toReversed()));
    expect(unpackSpans(claim)).toEqual(events.toSorted(comparePositions));
    expect(countHeld(claim)).toBe(events.length);
  }
});

const EVENT: HeldEvent = { seq: 7, at: 0, attempts: 1, expiresAt: 30_000 };

test.each<readonly [string, Partial<HeldEvent>]>([
  ['expiry', { expiresAt: 30_001 }],
  ['attempts', { attempts: 2 }],
  ['due time', { availableAt: 5 }],
  ['error', { lastError: { name: 'Error', message: 'failed' } }],
  ['key', { key: 'k' }],
  ['block', { blocks: true }],
  ['retention', { retentionMs: 5 }],
])(
  'neighbours with another %s are two spans, in a segment and in consecutive ones',
  (_, change) => {
    for (const place of [{ at: 1 }, { seq: 8 }]) {
      const events = [EVENT, { ...EVENT, ...place, ...change }];
      const held = packSpans(events);
      expect(held).toHaveLength(2);
      expect(unpackSpans(claimOf(held))).toEqual(events);
    }
  },
);

test('an event outside of the segments is a span of its own', () => {
  const events = ['x', 'y'].map((at) => ({ ...EVENT, at }));
  expect(packSpans(events)).toEqual(events.map((event) => ({ ...event, count: 1 })));
});

test('commit order: by segment, then by index, and delayed events after the segment, by id', () => {
  const places = [
    { seq: 1, at: 9 },
    { seq: 2, at: 0 },
    { seq: 2, at: 1 },
    { seq: 2, at: 'a' },
    { seq: 2, at: 'b' },
    { seq: 3, at: 0 },
  ];
  expect(places.toReversed().sort(comparePositions)).toEqual(places);
  for (const place of places) expect(comparePositions(place, { ...place })).toBe(0);
  expect(comparePositions({ seq: 2, at: 'a' }, { seq: 2, at: 5 })).toBeGreaterThan(0);
  expect(comparePositions({ seq: 2, at: 5 }, { seq: 2, at: 'a' })).toBeLessThan(0);
});

test('a claim holds exactly the places of its spans', () => {
  const claim = claimOf([
    { ...EVENT, at: 2, count: 3, segments: 2 },
    { ...EVENT, seq: 20, at: 0, count: 1 },
    { ...EVENT, seq: 5.5, at: 'late', count: 1 },
  ]);
  const held = [6, 7, 8, 9, 19, 20, 21].flatMap((seq) =>
    [0, 1, 2, 3, 4, 5].filter((at) => holdsPlace(claim, { seq, at })).map((at) => `${seq}:${at}`),
  );
  expect(held).toEqual(['7:2', '7:3', '7:4', '8:2', '8:3', '8:4', '20:0']);
  expect(held).toEqual(unpackSpans(claim).map(positionKey).slice(0, -1));
  // An id is unique, so that the position does not matter.
  expect(holdsPlace(claim, { seq: 1, at: 'late' })).toBe(true);
  expect(holdsPlace(claim, { seq: 5.5, at: 'other' })).toBe(false);
  expect(holdsPlace(claim, { seq: 5.5, at: 0 })).toBe(false);
});
