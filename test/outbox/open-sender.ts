import { afterEach, beforeEach } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import { type HttpSenderOptions, httpSender } from '../../src/outbox.ts';
import { type HttpServer, serveHttp } from './serve-http.ts';

export function delivered(payload: unknown, eventId = 'event-1'): Delivery {
  return { eventId, payload, channel: 'orders', attempts: 1 } as unknown as Delivery;
}

const { signal: never } = new AbortController();

/** Serves HTTP during each test of the file, and sends one event to this server. */
export function openSender() {
  let server: HttpServer;
  beforeEach(async () => {
    server = await serveHttp();
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });
  return {
    get server(): HttpServer {
      return server;
    },
    send(
      given: Partial<HttpSenderOptions> = {},
      payload: unknown = { id: 1 },
      signal: AbortSignal = never,
    ) {
      return httpSender({ url: server.url, ...given })(delivered(payload), signal);
    },
  };
}
