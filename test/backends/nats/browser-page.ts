import { wsconnect } from '@nats-io/nats-core';
import { EventChannel } from 'ackline';
import { type NatsBackend, natsBackend } from 'ackline/nats';
import { obeyRemote } from '../../setup/remote-page.ts';

/** What a test calls in the page. */
export interface NatsPage {
  readonly backend: NatsBackend;
  readonly events: EventChannel<Record<string, unknown>>;
  /** Payloads that a listener of this page has handled. */
  readonly handled: unknown[];
  /** Errors that nothing has caught. */
  readonly uncaught: string[];
}

declare global {
  interface Window {
    connectNats(servers: string, options: { prefix: string; leaseMs: number }): Promise<void>;
    nats: NatsPage;
  }
}

const uncaught: string[] = [];
addEventListener('unhandledrejection', ({ reason }) => uncaught.push(String(reason)));

window.connectNats = async (servers, options) => {
  const reconnecting = { maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 50 };
  const connection = await wsconnect({ servers, ...reconnecting });
  const backend = natsBackend({ connection, ...options, requestTimeoutMs: 20_000 });
  window.nats = { backend, events: new EventChannel({ backend }), handled: [], uncaught };
};

obeyRemote();
