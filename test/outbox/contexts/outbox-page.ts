import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, httpSender, type Outbox } from 'ackline/outbox';

declare global {
  interface Window {
    outbox: Outbox;
    orders: EventChannel<{ orders: unknown }>;
    /** Publishes so many orders of this tab, and resolves with their ids. */
    placeOrders(count: number): Promise<string[]>;
  }
}

/** A page with an outbox. The search part of its address names the tab, and the address to which it sends. */
const { tab = 'one', url = '/orders' } = Object.fromEntries(new URL(location.href).searchParams);
const events = new EventChannel<{ orders: unknown }>({
  backend: indexedDbBackend({ database: 'outbox' }),
  observer: () => undefined,
});
window.orders = events;
window.outbox = createOutbox({
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
window.placeOrders = async (count) => {
  const published = Array.from({ length: count }, (_, number) =>
    events.publish('orders', { tab, number }),
  );
  return Promise.all(published);
};
