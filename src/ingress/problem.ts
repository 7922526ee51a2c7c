import type { PlatformResponse } from '../outbox/http-types.ts';
import type { ProblemBody, ProblemCode } from './problem-body.ts';

/** Ends a request with this answer. It contains no part of a payload. */
export class Problem extends Error {
  readonly body: ProblemBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(body: ProblemBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.title);
    this.body = body;
    this.headers = headers;
  }

  /** Whether the same event may be stored later. */
  get isTransient(): boolean {
    return this.body.status === 429 || this.body.status === 503;
  }

  toResponse(): PlatformResponse {
    return answerJson(this.body, this.body.status, {
      ...this.headers,
      'content-type': 'application/problem+json',
    });
  }
}

/** A refusal for good. */
export function refusal(status: number, code: ProblemCode, title: string): Problem {
  return new Problem({ status, code, title });
}

/** A refusal for `afterMs` milliseconds. */
export function later(status: number, code: ProblemCode, title: string, afterMs: number): Problem {
  return new Problem(
    { status, code, title },
    { 'retry-after': String(Math.ceil(afterMs / 1_000)) },
  );
}

export function answerJson(
  body: object,
  status: number,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): PlatformResponse {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'cache-control': 'no-store' },
  });
}
