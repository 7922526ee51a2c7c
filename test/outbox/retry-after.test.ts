import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/outbox/retry-after.ts';

const NOW = Date.UTC(2026, 10, 29, 12, 0, 0);
const read = (given: Record<string, string>) => retryAfterMs(new Headers(given), NOW);
const after = (ms: number) => new Date(NOW + ms).toUTCString();

test('retryAfterMs: a count of seconds, 0 included', () => {
  expect(read({ 'retry-after': '120' })).toBe(120_000);
  expect(read({ 'retry-after': ' 0 ' })).toBe(0);
});

test('retryAfterMs: a date, compared with the Date of the answer if that can be read', () => {
  expect(read({ 'retry-after': after(90_000) })).toBe(90_000);
  expect(read({ 'retry-after': after(-90_000) })).toBe(0);
  expect(read({ 'retry-after': after(90_000), date: after(60_000) })).toBe(30_000);
  expect(read({ 'retry-after': after(90_000), date: 'today' })).toBe(90_000);
});

test('retryAfterMs: nothing for a missing header and for any other text', () => {
  expect(read({})).toBe(undefined);
  for (const text of ['', 'soon', '1.5', '-1', '1e3', '2026-11-29', 'Nov 29 2026', 'Sun, x GMT'])
    expect(read({ 'retry-after': text }), text).toBe(undefined);
});
