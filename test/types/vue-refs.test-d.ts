// Covers src/vue/given.ts
import {
  type Delivery,
  EventChannel,
  type Listener,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, type Outbox } from 'ackline/outbox';
import { ManualRuntime } from 'ackline/testing';
import { useListener, useOutbox, useStatus } from 'ackline/vue';
import { test } from 'vitest';
import { reactive, ref } from 'vue';

type Shop = { orders: number };

const events = new EventChannel<Shop>({ backend: memoryBackend() });
const syncEvents = new SyncEventChannel<Shop>({ backend: syncMemoryBackend() });
const database = indexedDbBackend({ database: 'shop' });
const outbox = createOutbox({ events, channel: 'orders', send: () => ({ result: 'done' }) });
const listener = events.listen('orders', () => {});

/** Takes what it is given as a function of the application would. */
const take = <T>(_given: T) => undefined;

test('a channel keeps its type in ref() and reactive()', () => {
  const kept = ref(events);
  take<EventChannel<Shop>>(kept.value);
  take<EventChannel<Shop>>(reactive({ inner: { events } }).inner.events);
  take<SyncEventChannel<Shop>>(ref(syncEvents).value);
  useListener(kept, 'orders', ({ payload }) => payload.toFixed());
  useListener(kept.value, 'orders', ({ payload }) => payload.toFixed());
});

test('so do backends, listeners, deliveries, outboxes and clocks', () => {
  for (const backend of [memoryBackend(), broadcastBackend({ name: 'shop' }), database])
    new EventChannel<Shop>({ backend: ref(backend).value });
  useStatus(ref(database).value);
  useOutbox(ref(outbox).value);
  take<Outbox>(ref(outbox).value);
  take<Listener>(ref(listener).value);
  memoryBackend({ runtime: ref(new ManualRuntime()).value });
  events.listen('orders', (delivery) => take<Delivery<number>>(ref(delivery).value));
});
