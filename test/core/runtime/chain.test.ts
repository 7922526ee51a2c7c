import { expect, test } from 'vitest';
import { chain } from '../../../src/core/runtime/chain.ts';

test('chain: a value is passed on at once, and a promise when it has resolved', async () => {
  expect(chain(2, (value) => value + 1)).toBe(3);
  const later = chain(Promise.resolve(2), (value) => value + 1);
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toBe(3);
  await expect(chain(Promise.reject(new Error('odd')), () => 1)).rejects.toThrow('odd');
});
