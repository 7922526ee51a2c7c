import { ignore } from '../core/runtime/ignore.ts';
import type { PlatformResponse } from '../outbox/http-types.ts';
import type { PlatformRequest } from './web-types.ts';

/** The part of a request of `node:http` or `node:http2` that is used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  iterator(options: { readonly destroyOnReturn: boolean }): {
    next(): Promise<{ readonly done?: boolean | undefined; readonly value: unknown }>;
  };
  resume(): unknown;
}

/** The part of a response of `node:http` or `node:http2` that is used. */
export interface NodeResponse {
  writeHead(status: number, headers?: Record<string, string>): unknown;
  end(body: Uint8Array): unknown;
}

/**
 * A request listener of `node:http` and `node:http2` for a fetch handler. The URL of the request begins with `http://` and the `Host` header.
 * A request without a path or a valid host gets 400, and a handler that rejects gets 500.
 *
 * @example
 * createServer(toNodeHandler(createIngress({ events, channels: ['order.placed'] }))).listen(8080);
 */
export function toNodeHandler(
  handler: (request: PlatformRequest) => PlatformResponse | Promise<PlatformResponse>,
): (request: NodeRequest, response: NodeResponse) => void {
  // An answer that cannot be sent has no receiver: the connection is gone.
  return (request, response) => void respond(handler, request, response).catch(ignore);
}

/** A name or address with an optional port. Another text would change the path of the URL, by which servers route. */
const HOST = /^[\w.:[\]-]+$/;

/** Rejects only if the 500 cannot be sent. */
async function respond(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
): Promise<void> {
  try {
    const request = requestOf(incoming);
    if (!request) {
      outgoing.writeHead(400);
      outgoing.end(new Uint8Array());
      return;
    }
    const answer = await handler(request);
    const body = new Uint8Array(await answer.arrayBuffer());
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(body);
  } catch {
    outgoing.writeHead(500);
    outgoing.end(new Uint8Array());
  }
}

function requestOf(incoming: NodeRequest): Request | undefined {
  const { method = 'GET', url = '/', headers } = incoming;
  const host = headers['host'] ?? headers[':authority'] ?? 'localhost';
  const address = `http://${host}${url}`;
  if (!HOST.test(String(host)) || !url.startsWith('/') || !URL.canParse(address)) return undefined;
  const sent = new Headers();
  // HTTP/2 has pseudo headers.
  for (const [name, value] of Object.entries(headers))
    for (const one of name.startsWith(':') ? [] : [value ?? []].flat()) sent.append(name, one);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(address, {
    method,
    headers: sent,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }),
  } as RequestInit);
}

/**
 * A body that is cancelled is read to its end and dropped: to destroy it would cut the connection before the answer, and a
 * sender would take the refusal for a network that fails. The time limits of the server end such an upload.
 */
function bodyOf(incoming: NodeRequest): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array);
      },
      cancel() {
        incoming.resume();
      },
    },
    { highWaterMark: 0 },
  );
}
