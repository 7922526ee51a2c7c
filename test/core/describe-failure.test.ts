import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeFailure } from '../../src/core/describe-failure.ts';
import { oddErrors } from '../../src/testing/conformance/odd-errors.ts';

describe('describeFailure: makes two short strings, which stay as they are, of', () => {
  for (const { what, error, kept } of oddErrors())
    test(what, () => {
      const failure = describeFailure(error);
      if (kept) expect(failure).toEqual(kept);
      expect(Object.keys(failure)).toEqual(['name', 'message']);
      expect(failure.name.length).toBeLessThanOrEqual(100);
      expect(failure.message.length).toBeLessThanOrEqual(1_000);
      expect(describeFailure(failure)).toEqual(failure);
    });
});

test('describeFailure: keeps the part that can be read beside one that cannot', () => {
  const error = Object.defineProperty(new RangeError('too far'), 'message', {
    get() {
      throw new Error('not to be read');
    },
  });
  expect(describeFailure(error)).toEqual({ name: 'RangeError', message: 'cannot be read' });
});

test('describeFailure: reads an error of another realm as it reads its own', () => {
  const error: unknown = runInNewContext('new RangeError("too far")');
  expect(error instanceof Error).toBe(false);
  expect(describeFailure(error)).toEqual({ name: 'RangeError', message: 'too far' });
  const aborted = new DOMException('the lease is lost', 'AbortError');
  expect(describeFailure(aborted)).toEqual({ name: 'AbortError', message: 'the lease is lost' });
});

test('describeFailure: does not cut a character in two', () => {
  const { message } = describeFailure(new Error('😀'.repeat(1_000)));
  expect(message).toBe(`${'😀'.repeat(499)}…`);
});

test('describeFailure: an error that changes as it is read is read once', () => {
  let reads = 0;
  const error = {
    get message() {
      reads += 1;
      return reads === 1 ? 'first' : Symbol('second');
    },
  };
  expect(describeFailure(error)).toEqual({ name: 'Error', message: 'first' });
});
