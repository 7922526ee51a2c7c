import { EventChannel } from 'ackline';
import { type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';
import { type Connectivity, createOutbox, httpSender, type OpenedOutbox } from 'ackline/outbox';
import type { Order, ShopSchema } from './order.ts';

export type ShopEvents = EventChannel<ShopSchema>;

export interface Shop extends OpenedOutbox {
  readonly events: ShopEvents;
  readonly backend: IndexedDbBackend;
}

/** Far shorter than the default, so that a visitor sees an order that the server does not answer go out again. */
const timeoutMs = 2_000;

const database = 'ackline-shop';
const channel = 'orders';
const url = './api/orders';

/** Visitors switch the faults of the server on for longer than 25 attempts take. */
const patience = { backoffMaxMs: 2_000, maxAttempts: Number.POSITIVE_INFINITY };

/** Opens the outbox of the orders. All tabs and the service worker share its events. */
export function openShop(connectivity?: Connectivity): Shop {
  // #region open
  // After a reload the same orders wait, in every tab.
  const backend = indexedDbBackend({ database });
  const events: ShopEvents = new EventChannel({ backend, ...patience });
  // #endregion
  // #region send
  // 500, 429, no answer: again, with the same key.
  const send = httpSender<Order>({ url, timeoutMs });
  // #endregion
  // #region outbox
  // Offline: orders wait, and use up no attempts.
  const outbox = createOutbox({ events, channel, send, connectivity });
  // #endregion
  return { events, backend, outbox };
}

export function placeOrder(events: ShopEvents, order: Order): Promise<string> {
  // #region place
  // Stored once. Sent in the order of its customer.
  const once = { id: order.id, key: order.customer };
  return events.publish(channel, order, null, once);
  // #endregion
}
