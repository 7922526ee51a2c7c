import { expect, test } from 'vitest';
import { HttpError, judgeResponse } from '../../src/outbox/judge-response.ts';

const TERMS = { now: 0, maxRetryAfterMs: 60_000 };

function judge(status: number, headers: Record<string, string> = {}, text = '') {
  return judgeResponse({ status, headers: new Headers(headers), text }, TERMS);
}

test('judgeResponse: the outcome of each status', () => {
  const expected: Readonly<Record<string, readonly number[]>> = {
    done: [200, 201, 202, 204, 207],
    hold: [0, 301, 302, 303, 304, 307, 308, 429, 502, 503, 504],
    retry: [408, 425, 500, 501, 505, 507, 520, 599],
    unauthorized: [401, 403],
    reject: [400, 402, 404, 405, 409, 410, 411, 412, 413, 415, 422, 431, 451],
  };
  for (const [result, statuses] of Object.entries(expected))
    for (const status of statuses) expect(judge(status).result, `${status}`).toBe(result);
});

test('judgeResponse: Retry-After counts where the event is sent again, 0 included, and is capped', () => {
  for (const status of [408, 425, 429, 500, 503]) {
    expect(judge(status, { 'retry-after': '7' })).toMatchObject({ afterMs: 7_000 });
    expect(judge(status, { 'retry-after': '0' })).toMatchObject({ afterMs: 0 });
    expect(judge(status, { 'retry-after': '3600' })).toMatchObject({ afterMs: 60_000 });
    expect(judge(status)).toMatchObject({ afterMs: undefined });
  }
});

test('judgeResponse: a refusal has the status and the text, and every failure an error with its status', () => {
  expect(judge(422, {}, 'no such article')).toMatchObject({ reason: '422 no such article' });
  expect(judge(404)).toMatchObject({ reason: '404' });
  for (const status of [0, 302, 401, 422, 429, 500]) {
    const { error } = judge(status) as { error: HttpError };
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ name: 'HttpError', status });
    expect(error.message).not.toContain('article');
  }
});
