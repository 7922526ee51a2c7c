import { expect, test } from 'vitest';
import { earliest } from '../../../src/core/runtime/earliest.ts';

test('earliest: it is the smallest of several times, and infinity without any', () => {
  expect(earliest([3, 1, 2])).toBe(1);
  expect(earliest([])).toBe(Number.POSITIVE_INFINITY);
});

test('earliest: it accepts more times than a call accepts arguments', () => {
  expect(earliest(Array.from({ length: 500_000 }, (_, index) => index + 5))).toBe(5);
});
