// A module of a consumer that emits declarations. Every inferred type must have a public name.
import {
  AcklineError,
  EventChannel,
  isAsyncEventBackend,
  isSyncEventBackend,
  memoryBackend,
  memoryStore,
  QuotaError,
  RejectError,
  RetryError,
  SyncEventChannel,
  syncMemoryBackend,
  systemRuntime,
} from 'ackline';

interface Order {
  readonly id: number;
}

interface Shop {
  'order.placed': Order;
  'stock.asked': string;
  'signed.out': undefined;
}

export const store = memoryStore({ maxDeadLetters: 5 });
export const backend = memoryBackend({ store });
export const events = new EventChannel<Shop, { 'stock.asked': number }>({ backend });
export const untyped = new EventChannel({ backend });
export const sync = new SyncEventChannel<Shop>({ backend: syncMemoryBackend() });
export const runtime = systemRuntime;
export const guards = { isAsyncEventBackend, isSyncEventBackend };
export const errors = { AcklineError, QuotaError, RejectError, RetryError };

export const start = () => events.listen('order.placed', ({ payload }) => payload.id);
export const startSync = () => sync.listen('order.placed', ({ payload }) => payload.id);
export const take = () => events.dequeue('order.placed');
export const takeMany = () => events.dequeueMany('order.placed', 5);
export const takeSync = () => sync.dequeueMany('order.placed', 5);
export const iterate = () => events.iterEvents('order.placed');
export const iterateSync = () => sync.iterEvents('order.placed');
export const ask = () => events.request('stock.asked', 'apples');
export const confirm = () => events.publishConfirmed('order.placed', { id: 1 });
export const inspect = () => [events.stats('order.placed'), events.deadLetters('order.placed')];
export const watch = () => events.watchMembers('order.placed', (members) => members.length);
export const dispose = () => events[Symbol.asyncDispose]();

/** A channel without a payload takes the name alone. */
export const signOut = () => events.publish('signed.out');
export const signOutSync = () => sync.publish('signed.out');
export const signOutMany = () => events.publishMany([{ channel: 'signed.out' }]);

/** A part of the program that knows fewer channels. */
export const place = (orders: EventChannel<{ 'order.placed': Order }>) =>
  orders.publish('order.placed', { id: 2 });
export const placed = () => place(new EventChannel<Shop>({ backend }));

/** Options whose value may be missing, also under `exactOptionalPropertyTypes`. */
export const later = (delayMs: number | undefined, leaseMs: number | undefined) =>
  events
    .publish('order.placed', { id: 3 }, undefined, { delayMs })
    .then(() => events.dequeue('order.placed', { leaseMs, signal: undefined }));

export const mistakes = () => {
  // @ts-expect-error -- this channel needs a payload
  void events.publish('order.placed');
  // @ts-expect-error -- the payload is an order
  void events.publish('order.placed', 'first');
  // @ts-expect-error -- there is no such channel
  void events.publish('order.place', { id: 1 });
  // @ts-expect-error -- an order has a number where this function gives a text
  const renamed: EventChannel<{ 'order.placed': { id: string } }> = events;
  // @ts-expect-error -- the channel asked for is missing
  const other: EventChannel<{ 'order.sent': Order }> = events;
  return [renamed, other];
};
