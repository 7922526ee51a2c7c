import { expect, test } from 'vitest';
import { CLOCK_TOLERANCE_MS, clockShift } from '../../src/core/clock-shift.ts';

test('clockShift: is the way back of a clock that was set back', () => {
  expect(clockShift(50_000, 20_000)).toBe(-30_000);
});

test('clockShift: is 0 for a clock that went on, for a difference within the tolerance, and for an unknown time', () => {
  expect(clockShift(20_000, 50_000)).toBe(0);
  expect(clockShift(20_000 + CLOCK_TOLERANCE_MS, 20_000)).toBe(0);
  expect(clockShift(undefined, 20_000)).toBe(0);
});
