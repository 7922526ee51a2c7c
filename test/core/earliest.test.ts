import { expect, test } from 'vitest';
import { earliest } from '../../src/core/earliest.ts';

test('earliest: is the least of several times, and infinity for none', () => {
  expect(earliest([3, 1, 2])).toBe(1);
  expect(earliest([])).toBe(Number.POSITIVE_INFINITY);
});

test('earliest: takes more times than a call takes arguments', () => {
  expect(earliest(Array.from({ length: 500_000 }, (_, index) => index + 5))).toBe(5);
});
