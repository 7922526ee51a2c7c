import type { Delivery } from '../core/delivery/delivery.ts';
import { buildRequest, type Content, jsonContent, printableKey } from './build-request.ts';
import { exchange } from './exchange.ts';
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
      const outcome = await attempt(terms, delivery, payload, conflicts, signal);
      if (!('payload' in outcome)) return outcome;
      if (conflicts >= MOST_CONFLICTS)
        return { result: 'retry', error: new HttpError(`${conflicts} conflicts in a row`, 409) };
      payload = outcome.payload;
    }
  };
}

/**
 * One request. Each payload that replaced the one of the event has a key of its own, because servers refuse a key that comes
 * back with another body: {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/}.
 */
function attempt<Payload>(
  terms: ResolvedHttp<Payload>,
  delivery: Delivery<Payload>,
  payload: Payload,
  conflicts: number,
  signal: AbortSignal,
): Promise<SendOutcome | ConflictPayload<Payload>> {
  const { method, body } = terms;
  const key = printableKey(delivery.eventId);
  const content = async (): Promise<Content> =>
    body ? { body: await body(payload, delivery) } : jsonContent(method, payload);
  return exchange(
    terms,
    signal,
    (ending) =>
      buildRequest(terms, delivery, content, ending, conflicts === 0 ? key : `${key}:${conflicts}`),
    (response) => judge(terms, delivery, response),
  );
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
