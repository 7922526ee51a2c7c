import type { ResolvedRequest } from './http-options.ts';

/** Methods whose requests have no body. */
const BODILESS = /^(get|head)$/i;

/** The body of a request, and its `content-type` if the caller gives none. */
export interface Content {
  readonly body?: BodyInit | null | undefined;
  readonly type?: string;
}

/** `value` as JSON, for a method whose requests have a body. */
export function jsonContent(method: string, value: unknown, type = 'application/json'): Content {
  return BODILESS.test(method) ? {} : { body: JSON.stringify(value), type };
}

/**
 * The request of one attempt. It is made before `fetch` is called, so that a mistake in its parts is not taken for a network
 * that fails. `about` is what the caller's functions receive.
 */
export async function buildRequest<About>(
  { url, method, headers, init, redirect }: ResolvedRequest<About>,
  about: About,
  content: () => Content | Promise<Content>,
  signal: AbortSignal,
  key?: string,
): Promise<Request> {
  const address = typeof url === 'function' ? url(about) : url;
  const sent = new Headers(typeof headers === 'function' ? await headers(about) : headers);
  if (key !== undefined) sent.set('idempotency-key', key);
  const { body, type } = await content();
  if (type !== undefined && !sent.has('content-type')) sent.set('content-type', type);
  return new Request(typeof address === 'string' ? address : address.href, {
    ...uncached(),
    ...init,
    method,
    headers: sent,
    redirect,
    signal,
    ...(body !== undefined && { body }),
  });
}

/**
 * An answer from a cache is none to this request. Firefox may answer a `POST` of a page that is opened from its history by what it
 * keeps of an earlier one. Runtimes without a cache may refuse the option.
 */
function uncached(): RequestInit {
  return 'cache' in Request.prototype ? { cache: 'no-store' } : {};
}

/** An id may have any characters, and a header may not. `%` is escaped, too, so that two ids never give one key. */
export function printableKey(eventId: string): string {
  // Half a surrogate pair cannot be encoded.
  const wellFormed = eventId.replace(/\p{Surrogate}/gu, '\uFFFD');
  return wellFormed.replace(/[^!-$&-~]+/g, encodeURIComponent);
}
