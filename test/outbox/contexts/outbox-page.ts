import type { Outbox } from 'ackline/outbox';
import { type Orders, openOrders, openOutbox } from './open-outbox.ts';

declare global {
  interface Window {
    outbox: Outbox;
    orders: Orders;
    /** Publishes so many orders of this tab, and resolves with their ids. */
    placeOrders(count: number): Promise<string[]>;
  }
}

/** A page with an outbox. The search part of its address names the tab, and the address to which it sends, if it sends. */
const { tab = 'one', url = '/orders' } = Object.fromEntries(new URL(location.href).searchParams);
window.orders = openOrders();
if (url !== 'none') window.outbox = openOutbox(window.orders, tab, url);
window.placeOrders = async (count) => {
  const published = Array.from({ length: count }, (_, number) =>
    window.orders.publish('orders', { tab, number }),
  );
  return Promise.all(published);
};
