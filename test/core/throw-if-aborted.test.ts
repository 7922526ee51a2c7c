import { expect, test } from 'vitest';
import { throwIfAborted } from '../../src/core/throw-if-aborted.ts';

test('throwIfAborted: throws the reason of an aborted signal, and nothing otherwise', () => {
  expect(() => throwIfAborted(AbortSignal.abort('reason'))).toThrow('reason');
  throwIfAborted(new AbortController().signal);
  throwIfAborted(undefined);
});

test('throwIfAborted: needs no method of the signal', () => {
  const signal = { ...AbortSignal.abort(), aborted: true, reason: 'as in jsdom' };
  expect(() => throwIfAborted(signal as never)).toThrow('as in jsdom');
});
