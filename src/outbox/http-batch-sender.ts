import type { Delivery } from '../core/delivery/delivery.ts';
import { refuse, requireOptions } from '../core/options/options.ts';
import { partOf } from '../core/runtime/part-of.ts';
import {
  type BatchOutcome,
  type BatchSender,
  type BatchSize,
  batchSender,
  concernsHost,
} from './batch-sender.ts';
import { buildRequest, type Content, jsonContent } from './build-request.ts';
import { EVENTS_TYPE, itemOf } from './events-format.ts';
import { exchange } from './exchange.ts';
import { checkHttpOptions, type RequestOptions, type ResolvedRequest } from './http-options.ts';
import type { PlatformBody, PlatformResponse } from './http-types.ts';
import { judgeResponse } from './judge-response.ts';
import { readStart } from './read-start.ts';
import type { SendOutcome } from './send-outcome.ts';

type Verdict = SendOutcome | readonly (BatchOutcome | undefined)[];

export interface HttpBatchSenderOptions<Payload = unknown>
  extends RequestOptions<readonly Delivery<Payload>[]> {
  /** How many events one request has at most, and how long the first of them waits for others. */
  readonly batch: BatchSize;
  /**
   * What is sent: a string, a `Blob`, a `FormData`, bytes. Default: a JSON array with `{ id, payload }` of each event, and its
   * trace context, of the type `application/vnd.ackline.events+json`, which `createIngress` takes.
   */
  readonly body?:
    | ((deliveries: readonly Delivery<Payload>[]) => PlatformBody | Promise<PlatformBody>)
    | undefined;
  /**
   * The outcome of an answer for all events of the request, or one for each of them in their order. Undefined: the default. It
   * may read the body. The results in it are then not read.
   */
  readonly classify?:
    | ((
        response: PlatformResponse,
        deliveries: readonly Delivery<Payload>[],
      ) => Verdict | undefined | Promise<Verdict | undefined>)
    | undefined;
}

/** Characters of an answer that a dead letter keeps. */
const MOST_NOTE = 2_048;

/** Bytes of an answer that are read: the results of some thousand events. */
const MOST_BYTES = 1_048_576;

type Terms = ResolvedRequest<readonly Delivery[]> &
  Pick<HttpBatchSenderOptions, 'body' | 'classify'>;

/**
 * Sends many events in one request with `fetch`. There is no `Idempotency-Key`: the body has the id of each event, by which the
 * server must recognise what it has. The outcomes by status are those of `httpSender`.
 *
 * If the answer is JSON with `results`, an array with `{ status }` for each event in their order, as `createIngress` answers,
 * each event has the outcome of its own status. Otherwise the status counts for all. If it refuses the whole request for good
 * (another 4xx), each half is sent by itself, until the events that the server refuses are alone: they become dead letters, and
 * the others are sent. `onConflict` does not exist: a 409 is a refusal.
 *
 * Errors: `TypeError` for options out of range.
 *
 * @example
 * const send = httpBatchSender<Order>({ url: '/events/orders', batch: { size: 50, maxWaitMs: 100 } });
 * const outbox = createOutbox({ events, channel: 'orders', send });
 */
export function httpBatchSender<Payload = unknown>(
  options: HttpBatchSenderOptions<Payload>,
): BatchSender<Payload> {
  requireOptions(options);
  const { batch, ...given } = options as HttpBatchSenderOptions;
  requireOptions(batch, 'batch');
  if ('onConflict' in given) refuse('onConflict', 'left out of a batch sender', given.onConflict);
  const terms: Terms = checkHttpOptions(given);
  return batchSender<Payload>((deliveries, signal) => sendAll(terms, deliveries, signal), batch);
}

async function sendAll(
  terms: Terms,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
): Promise<readonly (BatchOutcome | undefined)[]> {
  const verdict = await sendOnce(terms, deliveries, signal);
  if ('length' in verdict) return verdict;
  if (verdict.result !== 'reject' || deliveries.length === 1) return deliveries.map(() => verdict);
  const middle = deliveries.length >> 1;
  const first = await sendAll(terms, deliveries.slice(0, middle), signal);
  const rest = deliveries.slice(middle);
  const isEnded = signal.aborted || first.some((one) => one && concernsHost(one));
  if (isEnded) return [...first, ...rest.map((): BatchOutcome => ({ result: 'unsent' }))];
  return [...first, ...(await sendAll(terms, rest, signal))];
}

/** Never rejects. An error of a function of the caller fails these events, and not the other half of their batch. */
async function sendOnce(
  terms: Terms,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
): Promise<Verdict> {
  const { method, body } = terms;
  const content = async (): Promise<Content> =>
    body
      ? { body: await body(deliveries) }
      : jsonContent(method, deliveries.map(itemOf), EVENTS_TYPE);
  try {
    return await exchange<Verdict>(
      terms,
      signal,
      (ending) => buildRequest(terms, deliveries, content, ending),
      (response) => judge(terms, deliveries, response),
    );
  } catch (error) {
    return { result: 'retry', error };
  }
}

async function judge(
  { classify, maxRetryAfterMs, runtime }: Terms,
  deliveries: readonly Delivery[],
  response: Response,
): Promise<Verdict> {
  const { status, headers } = response;
  const decision = await classify?.(response, deliveries);
  const text = await readStart(response, MOST_BYTES);
  if (decision) return decision;
  const times = { now: runtime.now(), maxRetryAfterMs };
  const whole = judgeResponse({ status, headers, text: text.slice(0, MOST_NOTE) }, times);
  const results = resultsOf(text);
  if (results?.length !== deliveries.length) return whole;
  return results.map((result) => {
    const own = partOf(result, 'status');
    if (!Number.isInteger(own)) return whole;
    const why = [partOf(result, 'code'), partOf(result, 'title')].filter(Boolean).join(': ');
    return judgeResponse({ status: own as number, headers, text: why }, times);
  });
}

/** The result of each event. Undefined if the answer has none. */
function resultsOf(text: string): readonly unknown[] | undefined {
  try {
    const results = partOf(JSON.parse(text), 'results');
    return Array.isArray(results) ? results : undefined;
  } catch {
    // Not JSON: the status counts for all.
    return undefined;
  }
}
