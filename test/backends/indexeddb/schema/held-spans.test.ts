import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import {
  comparePositions,
  countHeld,
  type HeldEvent,
  packSpans,
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
