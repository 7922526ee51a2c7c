import { fromBase64 } from '../core/events/base64.ts';
import type { Metadata } from '../core/events/message.ts';
import {
  type CloudEvent,
  CloudEventError,
  checkCloudEvent,
  isJson,
  mediaType,
} from './cloud-event.ts';
import { fromHeaderValue } from './header-value.ts';

/** What `publish` needs of a CloudEvent. */
export interface FromCloudEvent {
  /** The `type`. */
  readonly channel: string;
  readonly payload: unknown;
  /** All attributes except `specversion`, `id` and `datacontenttype`, extension attributes included. */
  readonly metadata: Metadata;
  readonly id: string;
  readonly source: string;
}

/**
 * The parts of a CloudEvent in its JSON form. The payload is its `data`. From `data_base64` it is a JSON value, a string or a
 * `Uint8Array`, by its `datacontenttype`. Errors: `CloudEventError`.
 *
 * @example
 * const { channel, payload, metadata, id } = fromCloudEvent(JSON.parse(text));
 * if (channel === 'order.placed') await events.publish(channel, payload as Order, metadata, { id });
 */
export function fromCloudEvent(given: unknown): FromCloudEvent {
  const event = checkCloudEvent(given);
  const { specversion: _, id, datacontenttype, data, data_base64, ...metadata } = event;
  return {
    channel: event.type,
    payload: data_base64 === undefined ? data : dataOf(bytesOf(data_base64), datacontenttype),
    metadata,
    id,
    source: event.source,
  };
}

/** The parts of a CloudEvent in binary mode: attributes are headers, and the body is the data. */
export function fromBinary(
  headers: { forEach(visit: (value: string, name: string) => void): void },
  body: Uint8Array,
): FromCloudEvent {
  const attributes: Record<string, string> = Object.create(null);
  let contentType: string | undefined;
  headers.forEach((value, header) => {
    const name = header.toLowerCase();
    if (name === 'content-type') contentType = value;
    else if (name === 'ce-data' || name === 'ce-datacontenttype')
      throw new CloudEventError(`${name} is no attribute of binary mode`);
    else if (name.startsWith('ce-')) attributes[name.slice(3)] = fromHeaderValue(name, value);
  });
  return { ...fromCloudEvent({ ...attributes }), payload: dataOf(body, contentType) };
}

/** Text in UTF-8. Error: `CloudEventError`. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CloudEventError('the text is not UTF-8');
  }
}

/** A JSON value. No text of JSON gives undefined, as `JSON.stringify` gives none for it. Error: `CloudEventError`. */
export function jsonOf(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The error of the platform quotes the text.
    throw new CloudEventError('the text is not JSON');
  }
}

function dataOf(bytes: Uint8Array, contentType: CloudEvent['datacontenttype']): unknown {
  const type = mediaType(contentType);
  if (isJson(type)) return jsonOf(bytes);
  if (type.startsWith('text/')) return textOf(bytes);
  return type === '' && bytes.length === 0 ? undefined : bytes;
}

function bytesOf(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw new CloudEventError('data_base64 must be base64');
  }
}
