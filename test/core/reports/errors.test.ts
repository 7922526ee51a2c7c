import { expect, test } from 'vitest';
import { AcklineError, RejectError, RetryError } from '../../../src/core/reports/errors.ts';

test('AcklineError: it has the code, channel, path and cause that it was made with', () => {
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

test('AcklineError: without a cause it has no property `cause`, and with an undefined cause it has one', () => {
  expect('cause' in new AcklineError('closed', 'x')).toBe(false);
  expect('cause' in new AcklineError('closed', 'x', { cause: undefined })).toBe(true);
});

test('RetryError: without a message its message states the delay', () => {
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
