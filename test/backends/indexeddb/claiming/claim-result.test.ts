import { expect, test } from 'vitest';
import { nothingDueIn } from '../../../../src/backends/indexeddb/claiming/claim-result.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';

const NEVER = Number.POSITIVE_INFINITY;

function dueAfter(takeoverAt: number, given: Partial<QueueSnapshot> = {}): number | null {
  const snapshot = { nextReturnAt: null, stamp: { at: 5_000 }, ...given } as QueueSnapshot;
  const result = nothingDueIn(snapshot, takeoverAt);
  expect(result.snapshot).toBe(snapshot);
  return result.nextDueAt;
}

test('a consumer waits for the next event that is due, or for the first lease that may be taken over', () => {
  expect(dueAfter(7_000, { nextReturnAt: 6_000 })).toBe(6_000);
  expect(dueAfter(5_500, { nextReturnAt: 6_000 })).toBe(5_500);
  expect(dueAfter(NEVER, { nextReturnAt: 6_000 })).toBe(6_000);
});

test('where nothing will be due, no time is known', () => {
  expect(dueAfter(NEVER)).toBe(null);
});

test('an end that no row shows is looked for within a second', () => {
  const ended: QueueSnapshot['ended'] = [];
  expect(dueAfter(NEVER, { ended })).toBe(6_000);
  expect(dueAfter(5_200, { ended })).toBe(5_200);
});
