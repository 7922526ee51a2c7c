import {
  BATCH,
  CloudEventError,
  isJson,
  mediaType,
  STRUCTURED,
} from '../cloudevents/cloud-event.ts';
import {
  type FromCloudEvent,
  fromBinary,
  fromCloudEvent,
  jsonOf,
} from '../cloudevents/read-cloud-events.ts';
import type { ReceivedEvent } from './ingress-options.ts';
import { Problem, refusal } from './problem.ts';

/** How a request carries its events. */
export type Format = 'plain' | 'binary' | 'structured' | 'batch';

/** Errors: `Problem`, for a request in another form. */
export function formatOf(headers: Headers): Format {
  const type = mediaType(headers.get('content-type'));
  const encoding = headers.get('content-encoding');
  if (encoding === null || encoding === 'identity') {
    if (type === STRUCTURED) return 'structured';
    if (type === BATCH) return 'batch';
    if (!type.startsWith('application/cloudevents')) {
      if (headers.has('ce-specversion')) return 'binary';
      if (isJson(type)) return 'plain';
    }
  }
  throw refusal(
    415,
    'unsupported-media-type',
    'the body must be JSON or a CloudEvent, not encoded',
  );
}

/** The events of a request. An event of a batch that breaks a rule is a problem in its place. Errors: `Problem`. */
export function readEvents(
  format: Format,
  { headers, url }: Request,
  body: Uint8Array,
  maxBatch: number,
): (ReceivedEvent | Problem)[] {
  const trace = traceOf(headers);
  if (format === 'batch') {
    const batch = attempt(() => jsonOf(body));
    if (!Array.isArray(batch)) throw refusal(400, 'malformed', 'a batch must be a JSON array');
    if (batch.length > maxBatch) throw refusal(413, 'too-large', 'the batch is over maxBatch');
    return batch.map((one: unknown) => tryRead(() => received(fromCloudEvent(one), trace)));
  }
  const key = keyOf(headers);
  if (format === 'plain') {
    const metadata = Object.keys(trace).length > 0 ? trace : null;
    return [{ channel: lastPart(url), id: key, payload: attempt(() => jsonOf(body)), metadata }];
  }
  const event = attempt(() =>
    format === 'binary' ? fromBinary(headers, body) : fromCloudEvent(jsonOf(body)),
  );
  return [received(event, trace, key)];
}

function received(
  { channel, payload, metadata, id, source }: FromCloudEvent,
  trace: Readonly<Record<string, string>>,
  key = `${source} ${id}`,
): ReceivedEvent {
  return {
    channel,
    id: key,
    payload,
    metadata: { ...trace, ...metadata },
    cloudEvent: { id, source },
  };
}

/** Errors: `Problem`, in place of a `CloudEventError`. */
function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CloudEventError) throw refusal(400, 'malformed', error.message);
    throw error;
  }
}

function tryRead(read: () => ReceivedEvent): ReceivedEvent | Problem {
  try {
    return attempt(read);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** `httpSender` percent-encodes what a header may not have. */
function keyOf(headers: Headers): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null || key === '') return undefined;
  const decoded = decode(key);
  if (decoded === undefined)
    throw refusal(400, 'malformed', 'the Idempotency-Key is not percent-encoded UTF-8');
  return decoded;
}

/** Without a last part the name is empty, and no channel has that name. */
function lastPart(url: string): string {
  return decode(new URL(url).pathname.split('/').at(-1) ?? '') ?? '';
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function traceOf(headers: Headers): Readonly<Record<string, string>> {
  const names = ['traceparent', 'tracestate'].filter((name) => headers.has(name));
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']));
}
