// Covers src/schema/channel-rules.ts, src/schema/with-schemas.ts, src/core/channel-options.ts
import {
  type Delivery,
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { withSchemas } from 'ackline/schema';
import { type } from 'arktype';
import { number, object, optional, string } from 'valibot';
import { expectTypeOf, test } from 'vitest';
import { number as zodNumber, object as zodObject, string as zodString } from 'zod';

const Order = zodObject({ id: zodNumber(), currency: zodString().default('EUR') });
const Mail = object({ to: string(), copies: optional(number(), 1) });
const Note = type({ text: 'string' });
const schemas = {
  'order.placed': Order,
  mail: { schema: Mail, validate: 'delivery', version: 2, migrate: (payload: unknown) => payload },
  note: Note,
} as const;

const events = new EventChannel({ backend: withSchemas(memoryBackend(), schemas) });
const sync = new SyncEventChannel({ backend: withSchemas(syncMemoryBackend(), schemas) });

test('withSchemas: publishers pass the input of a schema, consumers receive its output', async () => {
  void events.publish('order.placed', { id: 1 });
  void events.publish('order.placed', { id: 1, currency: 'CHF' });
  void events.publish('mail', { to: 'ada' });
  sync.publish('note', { text: 'hello' });
  events.listen('order.placed', (delivery) => {
    expectTypeOf(delivery).toEqualTypeOf<Delivery<{ id: number; currency: string }>>();
  });
  expectTypeOf((await events.dequeue('mail'))?.payload).toEqualTypeOf<
    { to: string; copies: number } | undefined
  >();
  expectTypeOf(sync.dequeue('note')?.payload).toEqualTypeOf<{ text: string } | undefined>();
  void events.publishMany([{ channel: 'order.placed', payload: { id: 2 } }]);
});

test('withSchemas: refuses other payloads and channels', () => {
  // @ts-expect-error -- no payload of the schema
  void events.publish('order.placed', { id: 'one' });
  // @ts-expect-error -- a channel without a schema
  void events.publish('order.lost', { id: 1 });
  // @ts-expect-error -- no payload of the schema
  sync.publish('note', { text: 5 });
  // @ts-expect-error -- no payload of the schema
  void events.publishMany([{ channel: 'mail', payload: { id: 2 } }]);
  // @ts-expect-error -- a schema is required
  withSchemas(memoryBackend(), { note: { validate: 'delivery' } });
});

test('withSchemas: types that the caller gives have to fit the schemas, and may have more channels', () => {
  const backend = withSchemas(memoryBackend(), { note: Note });
  const more = new EventChannel<{ note: { text: string }; other: number }>({ backend });
  void more.publish('other', 5);
  // @ts-expect-error -- the schema makes another payload
  new EventChannel<{ note: number }>({ backend });
});

test('withSchemas: keeps the type of the backend', () => {
  const inner = indexedDbBackend({ database: 'shop' });
  const backend = withSchemas(inner, schemas);
  expectTypeOf(backend.status).toEqualTypeOf<(typeof inner)['status']>();
});
