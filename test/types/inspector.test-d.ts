// Covers src/inspector.ts, src/inspector/inspector-types.ts
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { defineInspector, type InspectedChannel, type InspectorElement } from 'ackline/inspector';
import { expectTypeOf, test } from 'vitest';

type Schema = { 'order.placed': { readonly total: number } };

const events = new EventChannel<Schema>({ backend: memoryBackend() });
const sync = new SyncEventChannel<Schema>({ backend: syncMemoryBackend() });
const inspector = document.createElement('ackline-inspector');

test('defineInspector: takes a name and answers nothing', () => {
  expectTypeOf(defineInspector()).toEqualTypeOf<void>();
  expectTypeOf(defineInspector('shop-inspector')).toEqualTypeOf<void>();
  // @ts-expect-error -- a name is a string
  defineInspector(5);
});

test('inspector: the document makes it by its name, and it is an element', () => {
  expectTypeOf(inspector).toEqualTypeOf<InspectorElement>();
  expectTypeOf(inspector).toExtend<HTMLElement>();
});

test('events and sources: channel objects of any schema', () => {
  inspector.events = events;
  inspector.events = sync;
  inspector.events = undefined;
  inspector.sources = { shop: events, device: { events: sync, channels: ['order.placed'] } };
  expectTypeOf<InspectorElement['events']>().toEqualTypeOf<InspectedChannel | undefined>();
  // @ts-expect-error -- a backend is no channel object
  inspector.events = memoryBackend();
  // @ts-expect-error -- a source needs a channel object
  inspector.sources = { shop: { channels: ['order.placed'] } };
});

test('observer and showConfirmation: fit a channel', async () => {
  const observed = new EventChannel<Schema>({
    backend: memoryBackend(),
    observer: inspector.observer,
  });
  const confirmation = await observed.publishConfirmed('order.placed', { total: 1 });
  expectTypeOf(inspector.showConfirmation('order.placed', confirmation)).toEqualTypeOf<void>();
  // @ts-expect-error -- no confirmation
  inspector.showConfirmation('order.placed', {});
});
