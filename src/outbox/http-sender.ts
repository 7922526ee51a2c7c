import { abortedByEither } from '../core/aborted-by-either.ts';
import type { Delivery } from '../core/delivery.ts';
import { throwIfAborted } from '../core/throw-if-aborted.ts';
import { buildRequest } from './build-request.ts';
import {
  type ConflictPayload,
  checkHttpOptions,
  type HttpSenderOptions,
  type ResolvedHttp,
} from './http-options.ts';
import { HttpError, judgeResponse } from './judge-response.ts';
import { readStart } from './read-start.ts';
import { checkOutcome, type Sender, type SendOutcome } from './send-outcome.ts';

/** Payloads that `onConflict` may give in one attempt. */
const MOST_CONFLICTS = 10;

/**
 * Sends events with `fetch`, each under an `Idempotency-Key` that is the same in every attempt: the event's id. A server that
 * knows the key answers a repeated request without a second effect.
 *
 * | answer | outcome |
 * |---|---|
 * | 2xx | `done` |
 * | 429, 502, 503, 504 | `hold`, for the time of `Retry-After` |
 * | 408, 425, other 5xx | `retry`, after the time of `Retry-After` |
 * | 401, 403 | `unauthorized` |
 * | 409, 412 | as `onConflict` says, otherwise `reject` |
 * | other 4xx | `reject`, with the status and the first 2 kB of the answer |
 * | a redirect, an answer that the page may not read | `hold` |
 * | none: no network, no CORS, connection cut, `timeoutMs` over | `unreachable` |
 *
 * Errors: `TypeError` for options out of range.
 *
 * @example
 * const send = httpSender<Order>({
 *   url: ({ payload }) => `/orders/${payload.id}`,
 *   method: 'PUT',
 *   headers: async () => ({ authorization: `Bearer ${await token()}` }),
 * });
 */
export function httpSender<Payload = unknown>(
  options: HttpSenderOptions<Payload>,
): Sender<Payload> {
  const terms = checkHttpOptions(options);
  return async (delivery, signal): Promise<SendOutcome> => {
    let { payload } = delivery;
    for (let conflicts = 0; ; conflicts += 1) {
      const outcome = await exchange(terms, delivery, payload, conflicts, signal);
      if (!('payload' in outcome)) return outcome;
      if (conflicts >= MOST_CONFLICTS)
        return { result: 'retry', error: new HttpError(`${conflicts} conflicts in a row`, 409) };
      payload = outcome.payload;
    }
  };
}

/** One request and what its answer means. Rejects with the reason of `signal`, and with errors of the caller's functions. */
async function exchange<Payload>(
  terms: ResolvedHttp<Payload>,
  delivery: Delivery<Payload>,
  payload: Payload,
  conflicts: number,
  signal: AbortSignal,
): Promise<SendOutcome | ConflictPayload<Payload>> {
  throwIfAborted(signal);
  const { timeoutMs, runtime } = terms;
  const timeout = new AbortController();
  const ending = abortedByEither(signal, timeout.signal);
  const stopTimer = runtime.after(timeoutMs, () => timeout.abort());
  try {
    const request = await buildRequest(terms, delivery, payload, conflicts, ending.signal);
    const response = await (terms.fetch ?? fetch)(request).catch((cause: unknown) => {
      throwIfAborted(signal);
      const why = timeout.signal.aborted ? `no answer within ${timeoutMs} ms` : 'no answer';
      return new HttpError(why, 0, { cause });
    });
    if (response instanceof HttpError) return { result: 'unreachable', error: response };
    return await judge(terms, delivery, response);
  } finally {
    stopTimer();
    ending.forget();
  }
}

async function judge<Payload>(
  { classify, onConflict, maxRetryAfterMs, runtime }: ResolvedHttp<Payload>,
  delivery: Delivery<Payload>,
  response: Response,
): Promise<SendOutcome | ConflictPayload<Payload>> {
  const { status, headers } = response;
  let decision: SendOutcome | ConflictPayload<Payload> | undefined = await classify?.(
    response,
    delivery,
  );
  if (!decision && (status === 409 || status === 412))
    decision = await onConflict?.(response, delivery);
  const text = await readStart(response);
  if (!decision)
    return judgeResponse({ status, headers, text }, { now: runtime.now(), maxRetryAfterMs });
  return 'payload' in decision ? decision : checkOutcome(decision);
}
