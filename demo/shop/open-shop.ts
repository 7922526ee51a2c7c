import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { type Connectivity, createOutbox, httpSender, type OpenedOutbox } from 'ackline/outbox';
import type { Order, ShopSchema } from './order.ts';

export type ShopEvents = EventChannel<ShopSchema>;

export interface Shop extends OpenedOutbox {
  readonly events: ShopEvents;
}

/** Far shorter than the default, so that a visitor sees an order that the server does not answer go out again. */
const TIMEOUT_MS = 2_000;

/** Opens the outbox of the orders. All tabs and the service worker share its events. */
export function openShop(connectivity?: Connectivity): Shop {
  const events: ShopEvents = new EventChannel<ShopSchema>({
    backend: indexedDbBackend({ database: 'ackline-shop' }),
    backoffMaxMs: 2_000,
    // Visitors switch the faults of the server on for longer than 25 attempts take.
    maxAttempts: Number.POSITIVE_INFINITY,
  });
  const send = httpSender<Order>({ url: './api/orders', timeoutMs: TIMEOUT_MS });
  return { events, outbox: createOutbox({ events, channel: 'orders', send, connectivity }) };
}

/** Stores the order. Orders of one customer are sent one after the other, in the order in which they were placed. */
export function placeOrder(events: ShopEvents, order: Order): Promise<string> {
  return events.publish('orders', order, null, { id: order.id, key: order.customer });
}
