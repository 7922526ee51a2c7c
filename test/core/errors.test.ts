import { expect, test } from 'vitest';
import { AcklineError, RejectError, RetryError } from '../../src/core/errors.ts';

test('AcklineError: keeps code, channel, path and cause', () => {
  const cause = new Error('below');
  const error = new AcklineError('storage', 'broken', {
    cause,
    channel: 'orders',
    path: 'payload',
  });
  expect(error).toMatchObject({ name: 'AcklineError', code: 'storage', message: 'broken' });
  expect(error).toMatchObject({ channel: 'orders', path: 'payload', cause });
  expect(error).toBeInstanceOf(Error);
});

test('AcklineError: has no cause where none is given, and one where it is undefined', () => {
  expect('cause' in new AcklineError('closed', 'x')).toBe(false);
  expect('cause' in new AcklineError('closed', 'x', { cause: undefined })).toBe(true);
});

test('RetryError: says its delay, in a message of its own unless given one', () => {
  expect(new RetryError(50)).toMatchObject({ name: 'RetryError', delayMs: 50 });
  expect(new RetryError(50).message).toBe('retry in 50 ms');
  expect(new RetryError(50, 'busy', { cause: 1 })).toMatchObject({ message: 'busy', cause: 1 });
});

test('RejectError: keeps message and cause', () => {
  expect(new RejectError('no', { cause: 1 })).toMatchObject({
    name: 'RejectError',
    message: 'no',
    cause: 1,
  });
});
