import { expect, test } from 'vitest';
import { ReadLock } from '../../../../src/backends/indexeddb/database/read-locks.ts';
import { isCurrent } from '../../../../src/backends/indexeddb/database/read-stamp.ts';

const MOST_MS = 10_000;

function stampOf(elapsedMs: number) {
  return { at: 0, elapsedMs, period: 3, lock: new ReadLock() };
}

test('a decision may follow its read for ten seconds, and not later', () => {
  expect(isCurrent(stampOf(500), { elapsedMs: 500 + MOST_MS, period: 3 })).toBe(true);
  expect(isCurrent(stampOf(500), { elapsedMs: 501 + MOST_MS, period: 3 })).toBe(false);
});

test('a read of the future, which no clock explains, is no base for a decision after ten seconds, either', () => {
  expect(isCurrent(stampOf(500 + MOST_MS), { elapsedMs: 500, period: 3 })).toBe(true);
  expect(isCurrent(stampOf(501 + MOST_MS), { elapsedMs: 500, period: 3 })).toBe(false);
});

test('a read of another period may be of another database', () => {
  for (const period of [2, 4])
    expect(isCurrent(stampOf(500), { elapsedMs: 500, period })).toBe(false);
});

test('a read whose lock has ended is no base for a decision', () => {
  const stamp = stampOf(500);
  expect(isCurrent(stamp, { elapsedMs: 500, period: 3 })).toBe(true);
  stamp.lock.end();
  expect(isCurrent(stamp, { elapsedMs: 500, period: 3 })).toBe(false);
});
