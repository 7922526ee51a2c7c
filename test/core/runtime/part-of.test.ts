import { expect, test } from 'vitest';
import { partOf } from '../../../src/core/runtime/part-of.ts';

test('partOf: it reads a property of any value', () => {
  expect(partOf({ code: 5 }, 'code')).toBe(5);
  expect(partOf('text', 'length')).toBe(4);
  expect(partOf({}, 'code')).toBe(undefined);
});

test('partOf: when a property cannot be read, it returns undefined and does not throw', () => {
  const failing = {
    get code() {
      throw new Error('not readable');
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const value of [undefined, null, failing, proxy])
    expect(partOf(value, 'code')).toBe(undefined);
});
