import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnNewPort } from '../setup/listen-on-new-port.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** Answers each request once its body has arrived; default: 204. */
  answer: (response: ServerResponse, received: Received) => unknown;
  /** Sees each request before its body. Returns true if it has dealt with it. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Closes the port and cuts all connections. Requests that run get no answer. */
  goOffline(): Promise<void>;
  /** Opens the same port as before. */
  goOnline(): Promise<void>;
}

/** A real HTTP server on a free port of this machine. */
export async function serveHttp(): Promise<HttpServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    if (served.intercept(request, response)) return;
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body };
    received.push(one);
    await served.answer(response, one);
  });
  const listen = (at: number) =>
    new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const port = await listenOnNewPort(server);
  const goOffline = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const served: HttpServer = {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: (response) => response.writeHead(204).end(),
    intercept: () => false,
    goOffline,
    goOnline: () => listen(port),
    async [Symbol.asyncDispose]() {
      if (server.listening) await goOffline();
    },
  };
  return served;
}
