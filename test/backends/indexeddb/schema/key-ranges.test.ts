import { expect, test } from 'vitest';
import { keyRanges } from '../../../../src/backends/indexeddb/schema/key-ranges.ts';

test('keyRanges: neighbouring keys are one range, in any order', () => {
  const ranges = keyRanges([7, 3, 1, 2, 9]);
  expect(ranges.map(({ lower, upper }) => [lower, upper])).toEqual([
    [1, 3],
    [7, 7],
    [9, 9],
  ]);
  expect(keyRanges([])).toEqual([]);
});
