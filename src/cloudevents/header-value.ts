import { CloudEventError } from './cloud-event.ts';

/**
 * An attribute as the value of a header. Spaces, quotes, `%` and what is not printable ASCII are percent-encoded as UTF-8:
 * {@link https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values}.
 */
export function toHeaderValue(value: unknown): string {
  // Half a surrogate pair cannot be encoded.
  const wellFormed = String(value).replace(/\p{Surrogate}/gu, '\uFFFD');
  return wellFormed.replace(/[^!#$&-~]+/g, encodeURIComponent);
}

/** The attribute of a header. Error: `CloudEventError` for wrong percent-encoding. */
export function fromHeaderValue(name: string, value: string): string {
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CloudEventError(`${name} is not percent-encoded UTF-8`);
  }
}
