/**
 * An event in the form of CloudEvents 1.0: {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md}. The
 * properties beside the named ones are extension attributes. Their names are lower-case letters and digits.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** An RFC 3339 time. */
  readonly time?: string;
  readonly dataschema?: string;
  readonly datacontenttype?: string;
  /** Any JSON value. */
  readonly data?: unknown;
  /** Bytes as base64. Never together with `data`. */
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}

/**
 * An event that breaks a rule of CloudEvents. The message names the attribute, if the specification does, and never its value.
 *
 * @example
 * try {
 *   fromCloudEvent(JSON.parse(text));
 * } catch (error) {
 *   if (error instanceof CloudEventError) show(error.message); // such as: type is missing
 * }
 */
export class CloudEventError extends Error {
  override readonly name = 'CloudEventError';
}

export const STRUCTURED = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';

const REQUIRED: readonly string[] = ['id', 'source', 'type'];
const OPTIONAL: readonly string[] = ['subject', 'time', 'dataschema', 'datacontenttype'];
const DATA: readonly string[] = ['data', 'data_base64'];
const EXTENSION = /^[a-z0-9]+$/;
const TIME =
  /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const MEDIA_TYPE = /^[^\s/;]+\/[^\s/;]+/;

/** Whether CloudEvents allow an extension attribute of this name and value. */
export function isExtension(name: string, value: unknown): boolean {
  if (!EXTENSION.test(name) || name === 'data' || name === 'specversion') return false;
  if (REQUIRED.includes(name) || OPTIONAL.includes(name)) return false;
  return typeof value === 'string' || typeof value === 'boolean' || isInteger(value);
}

/** The integers of CloudEvents have 32 bits. */
function isInteger(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

/** The media type without parameters, in lower case. Empty if there is none. */
export function mediaType(contentType: unknown): string {
  return typeof contentType === 'string'
    ? (contentType.split(';', 1)[0] as string).trim().toLowerCase()
    : '';
}

export function isJson(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}

/**
 * The event itself, checked, without attributes that are null. Errors: `CloudEventError`.
 */
export function checkCloudEvent(given: unknown): CloudEvent {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new CloudEventError('an event must be a JSON object');
  const entries = Object.entries(given).filter(
    ([name, value]) => name === 'data' || (value ?? undefined) !== undefined,
  );
  for (const [name, value] of entries) checkAttribute(name, value);
  // An own property `__proto__` has been refused, so this sets no prototype.
  const event = Object.fromEntries(entries) as unknown as CloudEvent;
  if (event.specversion !== '1.0') throw new CloudEventError('specversion must be "1.0"');
  for (const name of REQUIRED)
    if (event[name] === undefined) throw new CloudEventError(`${name} is missing`);
  if (event.data !== undefined && event.data_base64 !== undefined)
    throw new CloudEventError('an event has either data or data_base64');
  return event;
}

function checkAttribute(name: string, value: unknown): void {
  if (name === 'specversion' || name === 'data') return;
  if (REQUIRED.includes(name) || OPTIONAL.includes(name) || DATA.includes(name)) {
    const isText = typeof value === 'string' && (value !== '' || DATA.includes(name));
    if (!isText) throw new CloudEventError(`${name} must be a string that is not empty`);
    if (name === 'time' && !TIME.test(value)) throw new CloudEventError('time must be of RFC 3339');
    if (name === 'datacontenttype' && !MEDIA_TYPE.test(value))
      throw new CloudEventError('datacontenttype must be a media type');
  } else if (!isExtension(name, value))
    throw new CloudEventError(
      'an extension must have a name of a-z and 0-9, and be a string, a boolean or a 32-bit integer',
    );
}
