import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, httpSender, type Outbox } from 'ackline/outbox';

export type Orders = EventChannel<{ orders: unknown }>;

/** The channel that pages and the service worker share. */
export function openOrders(): Orders {
  return new EventChannel({
    backend: indexedDbBackend({ database: 'outbox' }),
    observer: () => undefined,
  });
}

/** An outbox that names its context in each request. */
export function openOutbox(events: Orders, tab: string, url: string): Outbox {
  return createOutbox({
    events,
    channel: 'orders',
    send: httpSender({
      url: url.startsWith('http') ? url : new URL(url, location.href),
      headers: ({ attempts }) => ({ 'x-tab': tab, 'x-attempts': String(attempts) }),
    }),
    maxAttempts: Number.POSITIVE_INFINITY,
    maxConcurrency: 6,
    backoffBaseMs: 50,
    backoffMaxMs: 500,
    returnJitterMs: 100,
  });
}
