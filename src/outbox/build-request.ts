import type { Delivery } from '../core/delivery.ts';
import type { ResolvedHttp } from './http-options.ts';

/** Methods whose requests have no body. */
const BODILESS = /^(get|head)$/i;

/**
 * The request of one attempt. It is made before `fetch` is called, so that a mistake in its parts is not taken for a network
 * that fails. `conflicts` counts the payloads that replaced the one of the event. Each has a key of its own, because servers
 * refuse a key that comes back with another body: {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/}.
 */
export async function buildRequest<Payload>(
  { url, method, headers, body, init, redirect }: ResolvedHttp<Payload>,
  delivery: Delivery<Payload>,
  payload: Payload,
  conflicts: number,
  signal: AbortSignal,
): Promise<Request> {
  const address = typeof url === 'function' ? url(delivery) : url;
  const sent = new Headers(typeof headers === 'function' ? await headers(delivery) : headers);
  const key = printable(delivery.eventId);
  sent.set('idempotency-key', conflicts === 0 ? key : `${key}:${conflicts}`);
  let content: BodyInit | null | undefined;
  if (body) content = await body(payload, delivery);
  else if (!BODILESS.test(method)) {
    content = JSON.stringify(payload);
    if (!sent.has('content-type')) sent.set('content-type', 'application/json');
  }
  return new Request(typeof address === 'string' ? address : address.href, {
    ...init,
    method,
    headers: sent,
    redirect,
    signal,
    ...(content !== undefined && { body: content }),
  });
}

/** An id may have any characters, and a header may not. `%` is escaped, too, so that two ids never give one key. */
function printable(eventId: string): string {
  // Half a surrogate pair cannot be encoded.
  const wellFormed = eventId.replace(/\p{Surrogate}/gu, '\uFFFD');
  return wellFormed.replace(/[^!-$&-~]+/g, encodeURIComponent);
}
