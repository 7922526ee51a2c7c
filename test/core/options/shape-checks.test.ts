import { expect, test } from 'vitest';
import {
  fieldOf,
  isArrayOf,
  isCount,
  isObject,
  isPositiveCount,
  isShaped,
} from '../../../src/core/options/shape-checks.ts';

test('a count is a whole number from 0, a positive count one from 1', () => {
  const values = [-1, 0, 1, 1.5, 2 ** 53, Number.NaN, '1', null, undefined];
  expect(values.filter(isCount)).toEqual([0, 1]);
  expect(values.filter(isPositiveCount)).toEqual([1]);
});

test('a shape needs an object whose own data properties pass their checks', () => {
  const check = isShaped({ count: isCount });
  const inherited = Object.create({ count: 1 });
  const computed = Object.defineProperty({}, 'count', {
    get: () => {
      throw new Error('code of the object ran');
    },
  });
  const values = [{ count: 1 }, { count: 1, more: [] }, {}, { count: '1' }, inherited, computed];
  expect(values.map((value) => check(value, undefined))).toEqual([
    ...[true, true],
    ...[false, false, false, false],
  ]);
  for (const value of [null, undefined, 1, 'count']) expect(check(value, undefined)).toBe(false);
  expect([isObject(null), isObject([]), fieldOf({ a: 1 }, 'a')]).toEqual([false, true, 1]);
});

test('a check also gets the object with the field', () => {
  const check = isShaped({ end: (end, whole) => Number(end) > Number(fieldOf(whole, 'start')) });
  expect([check({ start: 1, end: 2 }, null), check({ start: 2, end: 1 }, null)]).toEqual([
    true,
    false,
  ]);
});

test('each item of an array is checked, also holes, and so is its length', () => {
  const check = isArrayOf(isCount, 2);
  const hole = [1, 2];
  delete hole[0];
  const values = [[], [1, 2], [1, -1], hole, [1, 2, 3], { length: 0 }];
  expect(values.map((value) => check(value, null))).toEqual([
    ...[true, true],
    ...[false, false, false, false],
  ]);
});
