import { expect, test } from 'vitest';
import { CLOCK_TOLERANCE_MS, clockShift } from '../../../src/core/runtime/clock-shift.ts';

test('clockShift: after the clock was set back, it is the difference', () => {
  expect(clockShift(50_000, 20_000)).toBe(-30_000);
});

test('clockShift: it is 0 when the clock went forward, within the tolerance, and for an unknown time', () => {
  expect(clockShift(20_000, 50_000)).toBe(0);
  expect(clockShift(20_000 + CLOCK_TOLERANCE_MS, 20_000)).toBe(0);
  expect(clockShift(undefined, 20_000)).toBe(0);
});
