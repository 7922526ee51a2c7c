import { type Outbox, requestPeriodicSync } from 'ackline/outbox';
import { type Orders, openOrders, openOutbox } from './open-outbox.ts';

declare global {
  interface Window {
    outbox: Outbox;
    orders: Orders;
    /** Publishes so many orders of this tab, and resolves with their ids. */
    placeOrders(count: number): Promise<string[]>;
    /** Resolves with whether the browser will fire periodic syncs, and the tags that it knows. */
    askForPeriodicSync(): Promise<readonly [boolean, readonly string[]]>;
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

window.askForPeriodicSync = async () => {
  const registration = await navigator.serviceWorker.ready;
  const isPromised = await requestPeriodicSync(registration);
  // TypeScript's libraries lack it.
  const { periodicSync } = registration as unknown as {
    periodicSync: { getTags(): Promise<string[]> };
  };
  return [isPromised, await periodicSync.getTags()];
};
