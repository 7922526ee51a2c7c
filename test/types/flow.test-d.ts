// Covers src/flow/at-rate.ts, src/flow/in-batches.ts, src/core/listening/listener.ts
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { atRate, type BatchResults, inBatches } from 'ackline/flow';
import { expectTypeOf, test } from 'vitest';

interface Order {
  readonly total: number;
}

type Schema = { 'order.placed': Order; greeting: string };

const events = new EventChannel<Schema>({ backend: memoryBackend() });
const sync = new SyncEventChannel<Schema>({ backend: syncMemoryBackend() });
const rate = { limit: 10, perMs: 1_000 };

test('atRate and inBatches: the handler receives the payload of its channel', () => {
  events.listen(
    'order.placed',
    atRate(({ payload }) => expectTypeOf(payload).toEqualTypeOf<Order>(), rate),
  );
  events.listen(
    'greeting',
    inBatches(
      (deliveries) => {
        for (const { payload } of deliveries) expectTypeOf(payload).toEqualTypeOf<string>();
      },
      { size: 5, maxWaitMs: 50 },
    ),
    { concurrency: 2 },
  );
  events.listen(
    'order.placed',
    atRate(
      inBatches(
        async (deliveries) => {
          for (const { payload } of deliveries) expectTypeOf(payload).toEqualTypeOf<Order>();
        },
        { size: 5 },
      ),
      rate,
    ),
  );
});

test('inBatches: takes no result, the results of Promise.allSettled, and nothing else', () => {
  const settled = inBatches<Order>(
    async (deliveries) => Promise.allSettled(deliveries.map(({ payload }) => payload.total)),
    { size: 5 },
  );
  events.listen('order.placed', settled);
  const results: BatchResults = [{ status: 'fulfilled' }, { status: 'rejected', reason: 'busy' }];
  inBatches<Order>(() => results, { size: 5 });
  // @ts-expect-error -- a response is no result
  inBatches<Order>(() => fetch('/orders'), { size: 5 });
  // @ts-expect-error -- a map is no result
  inBatches<Order>(() => new Map(), { size: 5 });
  // @ts-expect-error -- a size is required
  inBatches<Order>(() => {}, { maxWaitMs: 5 });
});

test('a paced handler: fits the payload of its channel, and no synchronous channel', () => {
  const batched = inBatches<Order>(() => {}, { size: 5 });
  const paced = atRate<Order>(() => {}, rate);
  // @ts-expect-error -- a handler for the payload of another channel
  events.listen('greeting', batched);
  // @ts-expect-error -- a batch handler is no handler of one delivery
  inBatches(paced, { size: 5 });
  // @ts-expect-error -- a synchronous channel has no paced handlers
  sync.listen('order.placed', paced);
});

test('pause: the status and the reason of a listener', () => {
  const listener = events.listen('greeting', () => {});
  listener.pause('signed out');
  listener.resume();
  expectTypeOf(listener.status).toEqualTypeOf<'running' | 'paused' | 'stopping' | 'stopped'>();
  expectTypeOf(listener.pauseReason).toEqualTypeOf<string | undefined>();
  // @ts-expect-error -- a reason is a string
  listener.pause(5);
});
