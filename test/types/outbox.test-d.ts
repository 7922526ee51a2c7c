// Covers src/outbox.ts
import { EventChannel, memoryBackend } from 'ackline';
import {
  batchSender,
  createOutbox,
  httpBatchSender,
  httpSender,
  type Outbox,
  type OutboxSnapshot,
  onSettled,
  recordSettled,
  type Sender,
  type SendOutcome,
} from 'ackline/outbox';
import { expectTypeOf, test } from 'vitest';

interface Order {
  readonly total: number;
}

type Schema = { 'order.placed': Order; greeting: string };

const events = new EventChannel<Schema>({ backend: memoryBackend() });

test('createOutbox: send receives the payload of its channel', () => {
  const outbox = createOutbox({
    events,
    channel: 'order.placed',
    send: ({ payload }, signal) => {
      expectTypeOf(payload).toEqualTypeOf<Order>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    },
    maxConcurrency: 2,
    maxAttempts: Number.POSITIVE_INFINITY,
  });
  expectTypeOf(outbox).toEqualTypeOf<Outbox>();
  expectTypeOf(outbox.watch().getSnapshot()).toEqualTypeOf<OutboxSnapshot>();
  createOutbox({ events, channel: 'greeting', send: httpSender<string>({ url: '/greetings' }) });
  createOutbox({ events, channel: 'greeting', send: httpSender({ url: '/greetings' }) });
  // @ts-expect-error -- there is no such channel
  createOutbox({ events, channel: 'order.place', send: () => {} });
  // @ts-expect-error -- a sender for the payload of another channel
  createOutbox({ events, channel: 'greeting', send: httpSender<Order>({ url: '/orders' }) });
  // @ts-expect-error -- an outbox has maxConcurrency
  createOutbox({ events, channel: 'greeting', send: () => {}, concurrency: 2 });
});

test('batch senders: receive the payloads of their channel', () => {
  const send = httpBatchSender<Order>({
    url: (deliveries) => `/orders/${deliveries[0]?.payload.total}`,
    batch: { size: 50, maxWaitMs: 100 },
  });
  createOutbox({ events, channel: 'order.placed', send });
  const own = batchSender<string>(
    (deliveries) =>
      deliveries.map(({ payload }) => (payload === '' ? { result: 'unsent' } : undefined)),
    { size: 2 },
  );
  createOutbox({ events, channel: 'greeting', send: own });
  // @ts-expect-error -- a sender for the payload of another channel
  createOutbox({ events, channel: 'greeting', send });
  // @ts-expect-error -- a batch has no conflicts of its own
  httpBatchSender({ url: '/', batch: { size: 2 }, onConflict: () => undefined });
});

test('recordSettled keeps the kind of its sender, and onSettled has the payload of its channel', () => {
  const send = recordSettled(events, httpSender<Order>({ url: '/orders' }));
  expectTypeOf(send).toEqualTypeOf<Sender<Order>>();
  const batch = recordSettled(events, httpBatchSender<Order>({ url: '/', batch: { size: 2 } }));
  createOutbox({ events, channel: 'order.placed', send: batch });
  onSettled(events, 'order.placed', {
    commit: ({ payload }) => expectTypeOf(payload).toEqualTypeOf<Order>(),
  });
  // @ts-expect-error -- there is no such channel
  onSettled(events, 'order.place', {});
});

test('Sender: returns an outcome or nothing, and no Response', () => {
  const outcomes: SendOutcome[] = [
    { result: 'done' },
    { result: 'retry', afterMs: 5_000 },
    { result: 'hold' },
    { result: 'reject', reason: 'no such article' },
  ];
  const send: Sender<Order> = async () => outcomes[0] as SendOutcome;
  createOutbox({ events, channel: 'order.placed', send });
  // @ts-expect-error -- a response is no outcome: it would count as success whatever its status is
  createOutbox({ events, channel: 'order.placed', send: () => fetch('/orders') });
  // @ts-expect-error -- a rejection has a reason
  const unexplained: SendOutcome = { result: 'reject' };
  void unexplained;
});

test('httpSender: its functions receive the payload', () => {
  httpSender<Order>({
    url: ({ payload }) => `/orders/${payload.total}`,
    headers: async ({ payload }) => ({ 'x-total': String(payload.total) }),
    body: ({ total }) => new Blob([String(total)]),
    init: { credentials: 'include' },
    classify: (response) => (response.status === 422 ? { result: 'retry' } : undefined),
    onConflict: async (_, { payload }) => ({ payload: { total: payload.total + 1 } }),
  });
  // @ts-expect-error -- a url is required
  httpSender<Order>({ method: 'PUT' });
  // @ts-expect-error -- another payload must fit the channel
  httpSender<Order>({ url: '/orders', onConflict: () => ({ payload: 'none' }) });
  // @ts-expect-error -- the method has an option of its own
  httpSender<Order>({ url: '/orders', init: { method: 'PUT' } });
});
