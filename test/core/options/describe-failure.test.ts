import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeFailure } from '../../../src/core/options/describe-failure.ts';
import { oddErrors } from '../../../src/testing/conformance/odd-errors.ts';

describe('describeFailure: gives two short strings, and the same strings when they are described again, for', () => {
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

test('describeFailure: when the name cannot be read, the message is kept, and the reverse', () => {
  const error = Object.defineProperty(new RangeError('too far'), 'message', {
    get() {
      throw new Error('not to be read');
    },
  });
  expect(describeFailure(error)).toEqual({ name: 'RangeError', message: 'cannot be read' });
});

test('describeFailure: an error of another realm is described like one of this realm', () => {
  const error: unknown = runInNewContext('new RangeError("too far")');
  expect(error instanceof Error).toBe(false);
  expect(describeFailure(error)).toEqual({ name: 'RangeError', message: 'too far' });
  const aborted = new DOMException('the lease is lost', 'AbortError');
  expect(describeFailure(aborted)).toEqual({ name: 'AbortError', message: 'the lease is lost' });
});

test('describeFailure: a long text is not cut within a character', () => {
  const { message } = describeFailure(new Error('😀'.repeat(1_000)));
  expect(message).toBe(`${'😀'.repeat(499)}…`);
});

test('describeFailure: each part of an error is read once, because reading may change it', () => {
  let reads = 0;
  const error = {
    get message() {
      reads += 1;
      return reads === 1 ? 'first' : Symbol('second');
    },
  };
  expect(describeFailure(error)).toEqual({ name: 'Error', message: 'first' });
});
