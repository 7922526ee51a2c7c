// Covers src/core/options/schema.ts
import type { Delivery, DraftOf, SyncDelivery } from 'ackline';
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { expectTypeOf, test } from 'vitest';

interface Order {
  readonly total: number;
}

interface Schema {
  'order.placed': Order;
  greeting: string;
}

const events = new EventChannel<Schema>({ backend: memoryBackend() });
const sync = new SyncEventChannel<Schema>({ backend: syncMemoryBackend() });
const untyped = new EventChannel({ backend: memoryBackend() });

test('publish: takes the payload of its channel, and no other', () => {
  expectTypeOf(events.publish('order.placed', { total: 9 })).toEqualTypeOf<Promise<string>>();
  expectTypeOf(sync.publish('greeting', 'hello')).toEqualTypeOf<string>();
  // @ts-expect-error -- the payload of another channel
  void events.publish('order.placed', 'hello');
  // @ts-expect-error -- the payload of another channel
  sync.publish('greeting', { total: 9 });
  // @ts-expect-error -- a part of the payload is missing
  void events.publish('order.placed', {});
  // @ts-expect-error -- a channel that the schema does not know
  void events.publish('order.lost', { total: 9 });
});

test('publish: takes the options that there are', () => {
  void events.publish('greeting', 'hello', { trace: 'a' }, { delayMs: 5 });
  void events.publish('greeting', 'hello', null, { durability: 'strict' });
  // @ts-expect-error -- an option that does not exist
  void events.publish('greeting', 'hello', null, { delay: 5 });
  // @ts-expect-error -- a durability that does not exist
  void events.publish('greeting', 'hello', null, { durability: 'safe' });
  // @ts-expect-error -- metadata is an object or null
  void events.publish('greeting', 'hello', 'trace');
});

test('publishMany: each draft fits its own channel', () => {
  expectTypeOf<DraftOf<Schema>['channel']>().toEqualTypeOf<'order.placed' | 'greeting'>();
  void events.publishMany([
    { channel: 'order.placed', payload: { total: 9 } },
    { channel: 'greeting', payload: 'hello', options: { delayMs: 5 } },
  ]);
  // @ts-expect-error -- the payload of another channel
  void events.publishMany([{ channel: 'greeting', payload: { total: 9 } }]);
  // @ts-expect-error -- the payload of another channel
  sync.publishMany([{ channel: 'order.placed', payload: 'hello' }]);
});

test('listen: the handler receives the payload of its channel', () => {
  events.listen('order.placed', (delivery) => {
    expectTypeOf(delivery).toEqualTypeOf<Delivery<Order>>();
    expectTypeOf(delivery.payload).toEqualTypeOf<Order>();
  });
  sync.listen('greeting', (delivery) => {
    expectTypeOf(delivery).toEqualTypeOf<SyncDelivery<string>>();
  });
  // @ts-expect-error -- a handler for the payload of another channel
  events.listen('order.placed', (_delivery: Delivery<string>) => {});
  // @ts-expect-error -- a synchronous listener runs one handler at a time
  sync.listen('greeting', () => {}, { concurrency: 2 });
  // @ts-expect-error -- a setting of publishing
  events.listen('greeting', () => {}, { maxEventBytes: 2 });
});

test('dequeue, dequeueMany, iterEvents, deadLetters: give the payload of their channel', async () => {
  expectTypeOf(await events.dequeue('order.placed')).toEqualTypeOf<Delivery<Order> | null>();
  expectTypeOf(sync.dequeue('order.placed')).toEqualTypeOf<SyncDelivery<Order> | null>();
  expectTypeOf(await events.dequeueMany('greeting', 5)).toEqualTypeOf<Delivery<string>[]>();
  for await (const delivery of events.iterEvents('greeting'))
    expectTypeOf(delivery).toEqualTypeOf<Delivery<string>>();
  for (const delivery of sync.iterEvents('greeting'))
    expectTypeOf(delivery).toEqualTypeOf<SyncDelivery<string>>();
  const [letter] = await events.deadLetters('order.placed');
  expectTypeOf(letter?.payload).toEqualTypeOf<Order | undefined>();
});

test('channels: settings are for channels of the schema', () => {
  new EventChannel<Schema>({ backend: memoryBackend(), channels: { greeting: { leaseMs: 5 } } });
  new EventChannel<Schema>({
    backend: memoryBackend(),
    // @ts-expect-error -- a channel that the schema does not know
    channels: { greting: { leaseMs: 5 } },
  });
  // @ts-expect-error -- a setting that does not exist
  new EventChannel({ backend: memoryBackend(), leaseMS: 5 });
});

test('without a schema: any channel, any payload, and channels does not make one up', async () => {
  void untyped.publish('anything', { at: 'all' });
  expectTypeOf((await untyped.dequeue('anything'))?.payload).toEqualTypeOf<unknown>();
  const settings = { slow: { leaseMs: 5 } };
  const some = new EventChannel({ backend: memoryBackend(), channels: settings });
  void some.publish('other', 1);
});

test('deliveries: cannot be written to', () => {
  events.listen('order.placed', (delivery) => {
    // @ts-expect-error -- readonly
    delivery.payload = { total: 1 };
    // @ts-expect-error -- readonly
    delivery.attempts = 1;
  });
});

test('keys: the options and verbs', () => {
  void events.publish('greeting', 'hi', null, {
    key: 'a',
    onDeadLetter: 'block',
    replaces: 'waiting',
  });
  expectTypeOf(events.blockedKeys('greeting')).toEqualTypeOf<Promise<string[]>>();
  expectTypeOf(sync.releaseKey('greeting', 'a')).toEqualTypeOf<boolean>();
  // @ts-expect-error -- a value that does not exist
  void events.publish('greeting', 'hi', null, { key: 'a', replaces: 'all' });
  // @ts-expect-error -- a channel that the schema does not know
  void events.releaseKey('order.lost', 'a');
});

test('redrive, purge, cancel: the filter gets the payload of its channel', () => {
  void events.redrive('order.placed', {
    filter: (letter) => {
      expectTypeOf(letter.payload).toEqualTypeOf<Order>();
      return letter.payload.total > 0;
    },
    onProgress: (progress) =>
      expectTypeOf(progress).toEqualTypeOf<{
        readonly redriven: number;
        readonly scanned: number;
      }>(),
  });
  expectTypeOf(events.purge('greeting', { reason: 'rejected' })).toEqualTypeOf<Promise<number>>();
  expectTypeOf(sync.redrive('greeting', { ids: ['a'] })).toEqualTypeOf<number>();
  expectTypeOf(sync.cancel('greeting', 'a')).toEqualTypeOf<'ok' | 'stale' | 'gone'>();
  void events.deadLetters('greeting', { after: '5' });
  // @ts-expect-error -- an option that does not exist
  void events.purge('greeting', { id: 'a' });
  // @ts-expect-error -- a reason that does not exist
  void events.redrive('greeting', { reason: 'lost' });
  // @ts-expect-error -- a channel that the schema does not know
  void events.cancel('order.lost', 'a');
});
