// Covers src/core/protocols/protocols.ts
import type {
  AsyncEventBackend,
  AsyncEventHandler,
  Delivery,
  EventMessage,
  Failure,
  Settlement,
  SyncDelivery,
  SyncEventBackend,
  SyncEventHandler,
} from 'ackline';
import {
  EventChannel,
  isAsyncEventBackend,
  isSyncEventBackend,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { expectTypeOf, test } from 'vitest';

const literal = {
  backendName: 'literal',
  supportsAsync: true,
  publish: async () => 'id',
  dequeue: async () => null,
  ack: async () => 'gone' as const,
  nack: async () => 'gone' as const,
  shutdown: async () => {},
} as const;

const syncLiteral = {
  backendName: 'literal',
  supportsSync: true,
  publish: () => 'id',
  dequeue: () => null,
  ack: () => 'gone' as const,
  nack: () => 'gone' as const,
  shutdown: () => {},
} as const;

test('an object literal with the five verbs and two constants is a backend', () => {
  expectTypeOf(literal).toExtend<AsyncEventBackend>();
  expectTypeOf(syncLiteral).toExtend<SyncEventBackend>();
  new EventChannel({ backend: literal });
  new SyncEventChannel({ backend: syncLiteral });
});

test('a verb that is missing, or answers something else, makes it none', () => {
  const { nack: _nack, ...without } = literal;
  expectTypeOf(without).not.toExtend<AsyncEventBackend>();
  expectTypeOf({ ...literal, ack: async () => true }).not.toExtend<AsyncEventBackend>();
  expectTypeOf({ ...literal, publish: () => 'id' }).not.toExtend<AsyncEventBackend>();
  // @ts-expect-error -- a synchronous backend in an asynchronous channel
  new EventChannel({ backend: syncMemoryBackend() });
  // @ts-expect-error -- an asynchronous backend in a synchronous channel
  new SyncEventChannel({ backend: memoryBackend() });
});

test('nack, reject: the error may be any value, and the reason must be a string', async () => {
  const delivery = {} as Delivery;
  try {
    await delivery.ack();
  } catch (error) {
    await delivery.nack({ error });
    await delivery.reject({ reason: 'no use', error });
    // @ts-expect-error -- an error in the place of the options
    await delivery.reject(new Error('no use'));
    // @ts-expect-error -- an option that nack does not have
    await delivery.nack({ delay: 5 });
    // @ts-expect-error -- a reason that is no string
    await delivery.reject({ reason: error });
  }
});

test('a backend may declare that its errors are two strings', () => {
  const strict = {
    ...literal,
    nack: async (_id: string, _lease?: number, _options?: { readonly error?: Failure }) =>
      'gone' as const,
  };
  expectTypeOf(strict).toExtend<AsyncEventBackend>();
});

test('capabilities: a name that does not exist is refused', () => {
  // @ts-expect-error -- a capability that does not exist
  const _unknown: AsyncEventBackend = { ...literal, capabilities: { extends: true } };
  const backend: AsyncEventBackend = { ...literal, capabilities: { extend: true } };
  expectTypeOf(backend.capabilities?.extend).toEqualTypeOf<true | undefined>();
  // @ts-expect-error -- declared or absent, never false
  const _none: AsyncEventBackend = { ...literal, capabilities: { extend: false } };
});

test('isAsyncEventBackend, isSyncEventBackend: narrow', () => {
  const value: unknown = literal;
  if (isAsyncEventBackend(value)) expectTypeOf(value).toEqualTypeOf<AsyncEventBackend>();
  if (isSyncEventBackend(value)) expectTypeOf(value).toEqualTypeOf<SyncEventBackend>();
});

test('a delivery is a message and the verbs that settle it', () => {
  expectTypeOf<Delivery<string>>().toExtend<EventMessage<string>>();
  expectTypeOf<ReturnType<Delivery['ack']>>().toEqualTypeOf<Promise<Settlement>>();
  expectTypeOf<ReturnType<SyncDelivery['ack']>>().toEqualTypeOf<Settlement>();
  expectTypeOf<Delivery['signal']>().toEqualTypeOf<AbortSignal>();
  expectTypeOf<Settlement>().toEqualTypeOf<'ok' | 'stale' | 'gone'>();
  expectTypeOf<EventMessage['lease']>().toEqualTypeOf<number | undefined>();
});

test('handlers: may return anything, of a delivery of their payload', () => {
  expectTypeOf<AsyncEventHandler<string>>().parameters.toEqualTypeOf<[Delivery<string>]>();
  expectTypeOf<SyncEventHandler<string>>().parameters.toEqualTypeOf<[SyncDelivery<string>]>();
  expectTypeOf<AsyncEventHandler>().returns.toEqualTypeOf<unknown>();
});

test('channels: are disposable, each in its own way', () => {
  expectTypeOf<EventChannel>().toExtend<AsyncDisposable>();
  expectTypeOf<SyncEventChannel>().toExtend<Disposable>();
});
