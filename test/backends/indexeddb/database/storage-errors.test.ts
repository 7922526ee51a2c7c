import { AcklineError } from 'ackline';
import { expect, test } from 'vitest';
import {
  isLost,
  neverBegan,
  partlyStoredError,
  partlyWrittenError,
  storageError,
} from '../../../../src/backends/indexeddb/database/storage-errors.ts';

const of = (name: string) => new DOMException('of the platform', name);

test('an error of the platform is the cause of a storage error that names it', () => {
  const cause = of('UnknownError');
  const error = storageError(cause);
  expect(error).toMatchObject({ code: 'storage', cause });
  expect(error.message).toContain('UnknownError');
  expect(storageError(null).message).toContain('unknown error');
});

test('an exhausted quota has a code of its own, and keeps its cause', () => {
  const cause = of('QuotaExceededError');
  expect(storageError(cause)).toMatchObject({ name: 'QuotaError', code: 'quota', cause });
});

test('an error of the library stays what it is', () => {
  const error = new AcklineError('newer-schema', 'newer');
  expect(storageError(error)).toBe(error);
});

test.each([
  ['the connection was lost with the transaction', of('AbortError'), true],
  ['the connection was closed before', of('InvalidStateError'), true],
  ['the data of the site were cleared', of('UnknownError'), true],
  ['WebKit gives no reason', null, true],
  ['a value was refused', of('DataError'), false],
  ['a key was taken', of('ConstraintError'), false],
  ['the name only begins alike', of('AbortErrors'), false],
  ['no error of the platform was thrown', new Error('AbortError'), false],
])('whether a transaction was lost where %s', (_, cause, isSo) => {
  expect(isLost(cause)).toBe(isSo);
  expect(isLost(storageError(cause))).toBe(isSo);
});

test('a transaction that the quota ended was not lost, so nothing opens the database again', () => {
  expect(isLost(storageError(of('QuotaExceededError')))).toBe(false);
});

test('what was stored in part is never taken for lost, because a repetition would store it twice', () => {
  for (const cause of [of('AbortError'), of('UnknownError'), null]) {
    expect(isLost(partlyStoredError(cause))).toBe(false);
    expect(isLost(partlyWrittenError(cause))).toBe(false);
  }
  expect(partlyStoredError(of('DataError')).message).toContain('DataError');
  expect(partlyWrittenError(of('DataError')).message).toContain('the events are stored');
});

test('a transaction that could not begin can be repeated, and no other', () => {
  expect(neverBegan(of('InvalidStateError'))).toBe(true);
  for (const other of [of('AbortError'), null, undefined, new Error('closed')])
    expect(neverBegan(other)).toBe(false);
});
