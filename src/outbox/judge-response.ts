import { retryAfterMs } from './retry-after.ts';
import type { SendOutcome } from './send-outcome.ts';

/**
 * A request that the server answered with another status than 2xx, or did not answer.
 *
 * @example
 * const observer: Observer = (event) => {
 *   const cause = event.type === 'handler-error' && (event.error as Error).cause;
 *   if (cause instanceof HttpError) show(cause.status);
 * };
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** The status of the answer. 0 if there was none, or none that the page may read. */
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The parts of an answer that decide, with the start of its body. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

interface JudgeTerms {
  readonly now: number;
  readonly maxRetryAfterMs: number;
}

/** Busy, or a gateway that does not reach the server: the next event would meet the same. */
const HOLDING: readonly number[] = [429, 502, 503, 504];

/**
 * The outcome of an answer by its status: {@link https://www.rfc-editor.org/rfc/rfc9110#section-15}. A redirect and an answer
 * that the page may not read hold back the whole outbox, because they are no judgement of the event: a sign-in page or a
 * captive portal answers like that.
 */
export function judgeResponse(answer: Answer, { now, maxRetryAfterMs }: JudgeTerms): SendOutcome {
  const { status, headers, text } = answer;
  if (status >= 200 && status < 300) return { result: 'done' };
  const error = new HttpError(describe(status), status);
  if (status < 400) return { result: 'hold', error };
  const askedMs = retryAfterMs(headers, now);
  const afterMs = askedMs === undefined ? undefined : Math.min(askedMs, maxRetryAfterMs);
  if (HOLDING.includes(status)) return { result: 'hold', afterMs, error };
  if (status >= 500 || status === 408 || status === 425) return { result: 'retry', afterMs, error };
  if (status === 401 || status === 403) return { result: 'unauthorized', error };
  return { result: 'reject', reason: text === '' ? `${status}` : `${status} ${text}`, error };
}

function describe(status: number): string {
  if (status === 0) return 'a redirect, or an unreadable answer';
  return `the server answered ${status}`;
}
