import type { Delivery } from '../core/delivery/delivery.ts';
import { toBase64 } from '../core/events/base64.ts';
import type { EventMessage } from '../core/events/message.ts';
import { checkChoice, refuse, requireOptions } from '../core/options/options.ts';
import { BATCH, type CloudEvent, isExtension, STRUCTURED } from './cloud-event.ts';
import { toHeaderValue } from './header-value.ts';

/** What a CloudEvent is made of. */
type Sent<Payload> = Pick<
  EventMessage<Payload>,
  'eventId' | 'channel' | 'payload' | 'metadata' | 'createdAt' | 'key'
>;

type HeaderValues = Readonly<Record<string, string>>;

export interface CloudEventOptions<Payload = unknown> {
  /** The attribute `source`: a URI or a relative reference that names the sender, such as `/shop/web`. */
  readonly source: string;
  /** The attribute `type`, or a function that returns it; default: the channel. */
  readonly type?: string | ((event: Sent<Payload>) => string) | undefined;
}

export interface CloudEventsOptions<Payload = unknown> extends CloudEventOptions<Payload> {
  /**
   * `'structured'` (default): attributes and data are one JSON text. `'binary'`: the attributes are headers and the payload is
   * the body. Bytes need no base64 then. A server of another origin must allow each of these headers.
   */
  readonly mode?: 'structured' | 'binary' | undefined;
  /** Other headers of the request. A function is called for each request. */
  readonly headers?:
    | HeaderValues
    | ((delivery: Delivery<Payload>) => HeaderValues | Promise<HeaderValues>)
    | undefined;
}

/** Options of `httpSender`, or what `fetch` needs. */
export interface CloudEventsParts<Payload> {
  readonly headers: (delivery: Delivery<Payload>) => Promise<HeaderValues>;
  readonly body: (payload: Payload, delivery: Delivery<Payload>) => Promise<string | ArrayBuffer>;
}

const OCTETS = 'application/octet-stream';

/**
 * The event as a CloudEvent in its JSON form. `id` is the event's id, `time` is when it was published, `partitionkey` is its
 * key. Metadata whose names and values CloudEvents allow are extension attributes (strings, booleans and integers under names
 * of lower-case letters and digits, such as `traceparent`), and `subject` and `dataschema` are those attributes. Other
 * metadata are left out. A payload of bytes becomes `data_base64`. Errors: `TypeError` for options out of range.
 *
 * @example
 * JSON.stringify(toCloudEvent(delivery, { source: '/shop/web' }));
 */
export function toCloudEvent<Payload>(
  event: Sent<Payload>,
  options: CloudEventOptions<Payload>,
): CloudEvent {
  checkTerms(options);
  const { payload } = event;
  const bytes = bytesOf(payload);
  const content = bytes
    ? { datacontenttype: OCTETS, data_base64: toBase64(bytes) }
    : { datacontenttype: 'application/json', ...(payload !== undefined && { data: payload }) };
  return { ...attributesOf(event, options), ...content };
}

/**
 * Lets `httpSender` send each event as a CloudEvent: spread it into its options. The `Idempotency-Key` is sent, too. Errors:
 * `TypeError` for options out of range.
 *
 * @example
 * const send = httpSender({ url: '/events', ...cloudEvents({ source: '/shop/web' }) });
 */
export function cloudEvents<Payload = unknown>(
  options: CloudEventsOptions<Payload>,
): CloudEventsParts<Payload> {
  checkTerms(options);
  const { mode = 'structured', headers } = options;
  checkChoice('mode', mode, ['structured', 'binary']);
  const isBinary = mode === 'binary';
  return {
    async headers(delivery) {
      const others = typeof headers === 'function' ? await headers(delivery) : headers;
      if (!isBinary) return { ...others, 'content-type': STRUCTURED };
      const attributes = Object.entries(attributesOf(delivery, options));
      const sent = attributes.map(([name, value]) => [`ce-${name}`, toHeaderValue(value)]);
      const type = bytesOf(delivery.payload) ? OCTETS : 'application/json';
      return { ...others, ...Object.fromEntries(sent), 'content-type': type };
    },
    async body(payload, delivery) {
      if (!isBinary) return JSON.stringify(toCloudEvent({ ...delivery, payload }, options));
      const bytes = bytesOf(payload);
      return bytes ? new Uint8Array(bytes).buffer : (JSON.stringify(payload) ?? '');
    },
  };
}

/**
 * The headers and the body of one request with many events, in the batch mode of CloudEvents. Errors: `TypeError` for options
 * out of range.
 *
 * @example
 * const response = await fetch('/events', { method: 'POST', ...cloudEventsBatch(deliveries, { source: '/shop/web' }) });
 */
export function cloudEventsBatch<Payload>(
  events: readonly Sent<Payload>[],
  options: CloudEventOptions<Payload>,
): { readonly headers: { readonly 'content-type': string }; readonly body: string } {
  const batch = events.map((event) => toCloudEvent(event, options));
  return { headers: { 'content-type': BATCH }, body: JSON.stringify(batch) };
}

function checkTerms(options: CloudEventOptions<never>): void {
  requireOptions(options);
  const { source, type } = options;
  if (typeof source !== 'string' || source === '')
    refuse('source', 'a string that is not empty', source);
  if (type !== undefined && typeof type !== 'string' && typeof type !== 'function')
    refuse('type', 'a string or a function', type);
}

/** Metadata may name standard attributes of these, so that an event that is passed on keeps them. */
const KEPT: readonly string[] = ['subject', 'dataschema'];

function attributesOf<Payload>(
  event: Sent<Payload>,
  { source, type }: CloudEventOptions<Payload>,
): CloudEvent {
  const { eventId: id, channel, metadata, createdAt, key } = event;
  const kept = Object.entries(metadata ?? {}).filter(
    ([name, value]) =>
      isExtension(name, value) ||
      (KEPT.includes(name) && typeof value === 'string' && value !== ''),
  );
  // biome-ignore lint/style/noRestrictedGlobals: it formats a number and reads no clock
  const time = new Date(createdAt).toISOString();
  return {
    ...Object.fromEntries(kept),
    ...(key !== undefined && { partitionkey: key }),
    specversion: '1.0',
    id,
    source,
    type: typeof type === 'function' ? type(event) : (type ?? channel),
    time,
  };
}

function bytesOf(payload: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(payload))
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  const isBuffer = Object.prototype.toString.call(payload) === '[object ArrayBuffer]';
  return isBuffer ? new Uint8Array(payload as ArrayBuffer) : undefined;
}
