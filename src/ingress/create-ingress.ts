import { checkName } from '../core/admission.ts';
import type { EventDraft } from '../core/events/message.ts';
import { isBranded } from '../core/reports/errors.ts';
import { safeObserver } from '../core/reports/observer.ts';
import type { PlatformResponse } from '../outbox/http-types.ts';
import {
  checkIngressOptions,
  type IngressOptions,
  type ReceivedEvent,
  type ResolvedIngress,
} from './ingress-options.ts';
import { answerJson, Problem, refusal } from './problem.ts';
import type { EventResult } from './problem-body.ts';
import { readBody } from './read-body.ts';
import { formatOf, isBatch, readEvents } from './read-events.ts';
import { storeEvents } from './store-events.ts';
import type { PlatformRequest } from './web-types.ts';

/** Takes events from requests. Never rejects. */
export type Ingress = (request: PlatformRequest) => Promise<PlatformResponse>;

/**
 * A fetch handler that stores the events of requests, for any server that speaks web standards. It answers 202 when an event is
 * stored, as durably as the backend promises. An event is stored once for each id: a request that is repeated because its
 * answer was lost stores nothing, and gets the same answer. A request that can never be accepted gets a 4xx with a problem
 * (RFC 9457), and an outbox makes a dead letter of its event. A backend that cannot store now gives 429 or 503 with
 * `Retry-After`, and an outbox waits.
 *
 * It takes JSON (the channel is the last part of the path, the id is the `Idempotency-Key`, as `httpSender` sends it), the
 * batches of `httpBatchSender`, and CloudEvents in structured, binary and batch mode (the channel is the `type`). A batch is answered with 202 only when each of
 * its events is stored. Otherwise the answer has the result of each, and the whole batch may be sent again.
 *
 * Needs the capability `id` of the backend. Errors: `TypeError` for options out of range.
 *
 * @example
 * const handle = createIngress({
 *   events,
 *   channels: ['order.placed'],
 *   authorize: (request) => (isSignedIn(request) ? true : 401),
 * });
 * export default { fetch: handle }; // Bun, Deno, Workers; app.post('/events/*', ({ req }) => handle(req.raw)) in Hono
 */
export function createIngress<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
>(options: IngressOptions<Schema, Replies, Inputs>): Ingress {
  const given = checkIngressOptions(options);
  const terms = { ...given, onFault: safeObserver(given.onFault) };
  return async (request) => {
    try {
      return await receive(terms, request);
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      terms.onFault(error);
      return refusal(500, 'fault', 'the request could not be processed').toResponse();
    }
  };
}

async function receive(terms: ResolvedIngress, request: Request): Promise<Response> {
  if (request.method !== 'POST' && request.method !== 'PUT') throw methodNotAllowed();
  const refused = await authorized(terms, request);
  if (refused) return refused;
  const format = formatOf(request.headers);
  const body = await readBody(request, terms.maxBytes);
  const items: (EventDraft | Problem)[] = [];
  const received = readEvents(format, request, body, terms.maxBatch);
  for (const event of received)
    items.push(event instanceof Problem ? event : await draftOf(terms, event, request));
  const problems = await storeEvents(terms, items);
  const results = items.map((item, at) => resultOf(item, problems[at]));
  if (!isBatch(format)) {
    if (problems[0]) throw problems[0];
    return answerJson({ id: results[0]?.id }, 202);
  }
  const failed = problems.filter((problem) => problem !== undefined);
  if (failed.length === 0) return answerJson({ results }, 202);
  const transient = failed.find(({ isTransient }) => isTransient);
  const title = `${failed.length} of ${items.length} events are not stored`;
  const status = transient?.body.status ?? 422;
  throw new Problem({ status, code: 'partly-stored', title, results }, transient?.headers);
}

/** The answer to a request that is not let in. */
async function authorized(
  { authorize }: ResolvedIngress,
  request: Request,
): Promise<Response | undefined> {
  const answer = authorize ? await authorize(request) : true;
  if (answer === true) return undefined;
  if (answer instanceof Response) return answer;
  if (answer === 401) throw refusal(401, 'unauthorized', 'the request is not authorized');
  throw refusal(403, 'forbidden', 'the request is not allowed');
}

/** The draft of an event, or why there is none. Rejects with the errors of `map`. */
async function draftOf(
  terms: ResolvedIngress,
  received: ReceivedEvent,
  request: Request,
): Promise<EventDraft | Problem> {
  const { map, channels, dedupeWindowMs, fingerprints } = terms;
  let event = received;
  try {
    if (map) event = await map(received, request);
  } catch (error) {
    if (!isBranded(error, 'RejectError')) throw error;
    return refusal(422, 'rejected', (error as Error).message);
  }
  const { channel, id, payload, metadata, options } = event;
  if (!channels.has(channel)) return refusal(404, 'unknown-channel', 'there is no such channel');
  if (!isName(id))
    return refusal(400, 'no-id', 'an event needs an id of 1 to 200 characters: Idempotency-Key');
  const draft = { channel, payload, metadata, options: { dedupeWindowMs, ...options, id } };
  return (await fingerprints?.problemOf(draft, received.payload, terms)) ?? draft;
}

function isName(id: unknown): id is string {
  try {
    checkName('id', id);
    return true;
  } catch {
    return false;
  }
}

function resultOf(item: EventDraft | Problem, problem: Problem | undefined): EventResult {
  const id = item instanceof Problem ? undefined : item.options?.id;
  return { ...(id !== undefined && { id }), ...(problem ? problem.body : { status: 202 }) };
}

function methodNotAllowed(): Problem {
  const title = 'events are sent by POST or PUT';
  return new Problem({ status: 405, code: 'method-not-allowed', title }, { allow: 'POST, PUT' });
}
