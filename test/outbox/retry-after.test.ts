// Covers src/outbox/retry-after.ts, src/outbox/judge-response.ts
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeResponse } from '../../src/outbox/judge-response.ts';
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

test('any Retry-After and any status: a wait of whole milliseconds from 0 to maxRetryAfterMs, or none', () => {
  const texts = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
    fc.stringMatching(/^[0-9]{1,400}$/),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(texts, texts, fc.integer({ min: 0, max: 999 }), (retryAfter, date, status) => {
      const headers = new Headers({ 'retry-after': retryAfter, date });
      const terms = { now: NOW, maxRetryAfterMs: 5_000 };
      const outcome = judgeResponse({ status, headers, text: '' }, terms);
      const { afterMs } = { afterMs: undefined, ...outcome };
      if (afterMs === undefined) return;
      expect(Number.isInteger(afterMs) && afterMs >= 0 && afterMs <= 5_000).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
