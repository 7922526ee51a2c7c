import { refuse, requireOptions } from '../core/options/options.ts';
import type { PlatformFetch } from './http-types.ts';

/** How far a request body has been sent. */
export interface UploadProgress {
  /** The `Idempotency-Key` of the request: the id of its event, percent-encoded. Null for a batch. */
  readonly key: string | null;
  readonly sentBytes: number;
  readonly totalBytes: number;
}

export interface XhrFetchOptions {
  /** Called several times in a second while a body is sent. An error that it throws is reported to the page as uncaught. */
  readonly onProgress: (progress: UploadProgress) => unknown;
}

/** Statuses whose answers have no body: {@link https://fetch.spec.whatwg.org/#null-body-status}. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * `fetch` over `XMLHttpRequest`, which alone reports the progress of an upload. For the option `fetch` of `httpSender` in pages
 * and workers. A service worker has no `XMLHttpRequest`, and `send` there uses the platform's `fetch`.
 *
 * A redirect is followed by the browser, and then answered as an unreadable answer, so the outbox is held back as with `fetch`.
 * Cookies are always sent to the own origin, and to others with `credentials: 'include'`. Other options of `init` have no effect.
 *
 * @example
 * const upload = httpSender<Photo>({
 *   url: '/photos',
 *   body: ({ file }) => file,
 *   fetch: xhrFetch({ onProgress: ({ key, sentBytes, totalBytes }) => show(key, sentBytes / totalBytes) }),
 * });
 */
export function xhrFetch(options: XhrFetchOptions): PlatformFetch {
  requireOptions(options);
  const { onProgress } = options;
  if (typeof onProgress !== 'function') refuse('onProgress', 'a function', onProgress);
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const body = await request.blob();
    request.signal.throwIfAborted();
    return exchangeByXhr(request, body, onProgress);
  };
  return send as PlatformFetch;
}

function exchangeByXhr(
  request: Request,
  body: Blob,
  onProgress: XhrFetchOptions['onProgress'],
): Promise<Response> {
  const { method, url, headers, signal, credentials } = request;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    xhr.open(method, url);
    for (const [name, value] of headers) xhr.setRequestHeader(name, value);
    xhr.withCredentials = credentials === 'include';
    xhr.responseType = 'arraybuffer';
    xhr.upload.onprogress = ({ loaded, total }) =>
      onProgress({ key: headers.get('idempotency-key'), sentBytes: loaded, totalBytes: total });
    xhr.onload = () => resolve(responseOf(xhr, request));
    xhr.onerror = () => reject(new TypeError('the request failed'));
    xhr.onabort = () => reject(signal.reason);
    xhr.onloadend = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    xhr.send(body.size > 0 ? body : null);
  });
}

function responseOf(xhr: XMLHttpRequest, { url, redirect }: Request): Response {
  const [asked] = url.split('#');
  if (redirect !== 'follow' && xhr.responseURL !== asked) return Response.error();
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const at = line.indexOf(':');
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  const { status, statusText } = xhr;
  const body = BODILESS.includes(status) ? null : (xhr.response as ArrayBuffer);
  return new Response(body, { status, statusText, headers });
}
