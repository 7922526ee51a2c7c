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
import { partOf } from '../core/runtime/part-of.ts';
import { EVENTS_TYPE } from '../outbox/events-format.ts';
import type { ReceivedEvent } from './ingress-options.ts';
import { Problem, refusal } from './problem.ts';

type Trace = Readonly<Record<string, string>>;

/** How a request carries its events. */
export type Format = 'plain' | 'binary' | 'structured' | 'batch' | 'events';

/** Whether a request of this form has many events, each with its own result. */
export function isBatch(format: Format): boolean {
  return format === 'batch' || format === 'events';
}

/** Errors: `Problem`, for a request in another form. */
export function formatOf(headers: Headers): Format {
  const type = mediaType(headers.get('content-type'));
  const encoding = headers.get('content-encoding');
  if (encoding === null || encoding === 'identity') {
    if (type === STRUCTURED) return 'structured';
    if (type === BATCH) return 'batch';
    if (type === EVENTS_TYPE) return 'events';
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
  const trace = traceOf((name) => headers.get(name));
  if (isBatch(format)) {
    const batch = attempt(() => jsonOf(body));
    if (!Array.isArray(batch)) throw refusal(400, 'malformed', 'a batch must be a JSON array');
    if (batch.length > maxBatch) throw refusal(413, 'too-large', 'the batch is over maxBatch');
    const read = (one: unknown) =>
      format === 'events' ? fromItem(one, trace, url) : received(fromCloudEvent(one), trace);
    return batch.map((one: unknown) => tryRead(() => read(one)));
  }
  const key = keyOf(headers);
  if (format === 'plain') {
    const payload = attempt(() => jsonOf(body));
    return [{ channel: lastPart(url), id: key, payload, metadata: metadataOf(trace) }];
  }
  const event = attempt(() =>
    format === 'binary' ? fromBinary(headers, body) : fromCloudEvent(jsonOf(body)),
  );
  return [received(event, trace, key)];
}

function received(
  { channel, payload, metadata, id, source }: FromCloudEvent,
  trace: Trace,
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

/** An event of a body of {@link EVENTS_TYPE}. One that is no object has no id, and is refused for that. */
function fromItem(item: unknown, around: Trace, url: string): ReceivedEvent {
  const id = partOf(item, 'id');
  const trace = { ...around, ...traceOf((name) => partOf(item, name)) };
  return {
    channel: lastPart(url),
    id: typeof id === 'string' ? id : undefined,
    payload: partOf(item, 'payload'),
    metadata: metadataOf(trace),
  };
}

function metadataOf(trace: Trace): Trace | null {
  return Object.keys(trace).length > 0 ? trace : null;
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

function traceOf(read: (name: string) => unknown): Trace {
  const found = ['traceparent', 'tracestate'].map((name) => [name, read(name)] as const);
  return Object.fromEntries(
    found.filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
