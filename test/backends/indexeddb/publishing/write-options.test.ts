import { expect, test } from 'vitest';
import { writeOptionsOf } from '../../../../src/backends/indexeddb/publishing/write-options.ts';
import { newEvent } from '../new-event.ts';

const LARGE = 524_288;

const plain = newEvent();
const strict = newEvent({ durability: 'strict' });
const relaxed = newEvent({ durability: 'relaxed' });
const large = newEvent({ bytes: LARGE + 1 });

test('the durability of a commit is that of its strictest event, and no option leaves it to the backend', () => {
  expect(writeOptionsOf([plain], 1, 0, false)).toEqual({});
  expect(writeOptionsOf([relaxed, relaxed], 1, 0, false)).toEqual({ durability: 'relaxed' });
  expect(writeOptionsOf([relaxed, plain], 1, 0, false)).toEqual({});
  expect(writeOptionsOf([relaxed, strict], 1, 0, false)).toEqual({ durability: 'strict' });
  expect(writeOptionsOf([plain, strict], 1, 0, false)).toEqual({ durability: 'strict' });
});

test('a commit with a large value before its last request ends by itself, because Firefox would commit the rest', () => {
  const auto = { ending: 'auto' };
  expect(writeOptionsOf([plain, large], 2, 0, false)).toEqual(auto);
  expect(writeOptionsOf([large], 2, 1, false)).toEqual(auto);
  expect(writeOptionsOf([large], 1, 0, true)).toEqual(auto);
  expect(writeOptionsOf([newEvent({ payload: new Blob([]) })], 2, 1, false)).toEqual(auto);
});

test('a large value that is the last request, or all of it, is committed at once', () => {
  expect(writeOptionsOf([large], 1, 0, false)).toEqual({});
  expect(writeOptionsOf([large], 2, 0, false)).toEqual({});
  expect(writeOptionsOf([plain, large], 1, 0, false)).toEqual({});
  expect(writeOptionsOf([plain, newEvent({ bytes: LARGE })], 2, 1, false)).toEqual({});
});

test('guards that are not the last request, or several of them, make a commit end by itself', () => {
  expect(writeOptionsOf([plain], 2, 1, false)).toEqual({});
  expect(writeOptionsOf([plain], 2, 1, true)).toEqual({ ending: 'auto' });
  expect(writeOptionsOf([plain], 3, 2, false)).toEqual({ ending: 'auto', guardCount: 2 });
  expect(writeOptionsOf([plain], 1, 0, true)).toEqual({});
});
