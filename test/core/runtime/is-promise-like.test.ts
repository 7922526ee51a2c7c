import { expect, test } from 'vitest';
import { isPromiseLike } from '../../../src/core/runtime/is-promise-like.ts';

test('isPromiseLike: accepts every thenable, whichever class made it', () => {
  expect(isPromiseLike(Promise.resolve())).toBe(true);
  // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable
  expect(isPromiseLike({ then: () => undefined })).toBe(true);
});

test('isPromiseLike: refuses other values', () => {
  // biome-ignore lint/suspicious/noThenProperty: a value whose `then` is no function is no thenable
  for (const value of [undefined, null, 0, '', {}, () => undefined, { then: true }])
    expect(isPromiseLike(value)).toBe(false);
});
