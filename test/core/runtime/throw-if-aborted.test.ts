import { expect, test } from 'vitest';
import { throwIfAborted } from '../../../src/core/runtime/throw-if-aborted.ts';

test('throwIfAborted: an aborted signal throws its reason, and another signal throws nothing', () => {
  expect(() => throwIfAborted(AbortSignal.abort('reason'))).toThrow('reason');
  throwIfAborted(new AbortController().signal);
  throwIfAborted(undefined);
});

test('throwIfAborted: a signal without methods works', () => {
  const signal = { ...AbortSignal.abort(), aborted: true, reason: 'as in jsdom' };
  expect(() => throwIfAborted(signal as never)).toThrow('as in jsdom');
});
