import type { ServerResponse } from 'node:http';
import { bundle } from '../../setup/bundle.ts';
import { type HttpServer, type Received, serveHttp } from '../serve-http.ts';

/** One request for an order. */
export interface OrderRequest {
  readonly key: string;
  readonly tab: string;
  readonly attempts: number;
}

/** Two requests for one order that the server had at once. */
export interface Overlap {
  readonly key: string;
  /** The tab of the earlier request, and that of the later one. */
  readonly tabs: readonly [string, string];
}

export interface OrderServer extends HttpServer {
  /** Every request, in order of its arrival. */
  readonly requests: OrderRequest[];
  /** Requests that arrived while the server worked on an earlier one of the same order. */
  readonly overlaps: Overlap[];
  /** How many requests came from tabs that had ended. */
  late: number;
  /** How often each order was processed, by its key. */
  readonly processed: Map<string, number>;
  /** How many requests were running when each request had come, itself included. */
  readonly widths: number[];
  /** Whether the server answers 422 to an order; default: none. */
  refuses: (order: { readonly number: number }) => boolean;
  /** What the server does with the next order; default `process`. `lose` processes it and gives no answer. */
  next: () => 'process' | 'lose' | 'cut' | number;
  /**
   * The tab is killed now. The server may notice the end of its connections after another tab has taken its events over, and the
   * browser may still send a request of the tab that had waited for a connection.
   */
  forget(tab: string): void;
}

const PAGE = '<script type="module" src="/page.js"></script>';

/** Serves the page and an empty one at `/elsewhere`, and takes its orders. It counts by `Idempotency-Key` what is sent at the same time. */
export async function serveOrders(): Promise<OrderServer> {
  const scripts: Readonly<Record<string, string>> = {
    '/page.js': await bundle(new URL('./outbox-page.ts', import.meta.url)),
    '/shared.js': await bundle(new URL('./shared-worker.ts', import.meta.url)),
    '/worker.js': await bundle(new URL('./sync-worker.ts', import.meta.url)),
  };
  const http = await serveHttp();
  const inFlight = new Map<OrderRequest, ServerResponse>();
  /** Whose connections the server has ended. */
  const cutOff = new WeakSet<ServerResponse>();
  /** A browser may repeat a request on another connection before Node reports the end of the one that the server has cut. */
  const cut = (response: ServerResponse, key: string) => {
    for (const request of inFlight.keys()) if (request.key === key) inFlight.delete(request);
    cutOff.add(response);
    response.destroy();
  };
  const killed = new Set<string>();
  let running = 0;
  const server: OrderServer = Object.assign(http, {
    requests: [],
    overlaps: [],
    late: 0,
    processed: new Map(),
    widths: [],
    refuses: () => false,
    next: () => 'process' as const,
    forget: (tab: string) => void killed.add(tab),
  });
  http.intercept = ({ method, url = '/', headers }, response) => {
    if (method === 'GET') {
      const script = scripts[url];
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ?? (url === '/elsewhere' ? '' : PAGE));
      return true;
    }
    if (method !== 'POST') return false;
    const request = requestOf(headers);
    server.requests.push(request);
    if (killed.has(request.tab)) server.late += 1;
    for (const [{ key, tab }, earlier] of inFlight)
      if (key === request.key && ![tab, request.tab].some((one) => killed.has(one)))
        // A request that the browser has ended is known as such a moment after the next one may have come.
        earlier.once('close', () => {
          if (earlier.writableFinished || cutOff.has(earlier))
            server.overlaps.push({ key, tabs: [tab, request.tab] });
        });
    inFlight.set(request, response);
    response.once('close', () => inFlight.delete(request));
    const next = server.next();
    if (next === 'cut') {
      cut(response, request.key);
      return true;
    }
    response.setHeader('x-next', next);
    running += 1;
    server.widths.push(running);
    return false;
  };
  http.answer = (response, { headers, body }) => {
    const { key } = requestOf(headers);
    const order = JSON.parse(body) as { readonly number: number };
    const next = server.refuses(order) ? 422 : response.getHeader('x-next');
    response.removeHeader('x-next');
    // An answer takes a while, so that requests overlap.
    setTimeout(() => {
      running -= 1;
      if (next === 'process' || next === 'lose')
        server.processed.set(key, (server.processed.get(key) ?? 0) + 1);
      if (next === 'lose') cut(response, key);
      else response.writeHead(next === 'process' ? 204 : Number(next)).end();
    }, Math.random() * 10);
  };
  return server;
}

function requestOf(headers: Received['headers']): OrderRequest {
  return {
    key: String(headers['idempotency-key']),
    tab: String(headers['x-tab']),
    attempts: Number(headers['x-attempts']),
  };
}
