// Covers src/forward.ts
import { memoryBackend } from 'ackline';
import { type Forwarding, type ForwardSnapshot, forward } from 'ackline/forward';
import { type StandardSchema, withSchemas } from 'ackline/schema';
import { expectTypeOf, test } from 'vitest';

declare const order: StandardSchema<{ readonly total: number }>;

test('forward: takes backends, and a channel that from has', () => {
  const forwarding = forward({ from: memoryBackend(), to: memoryBackend(), channel: 'any' });
  expectTypeOf(forwarding).toEqualTypeOf<Forwarding>();
  expectTypeOf(forwarding.getSnapshot()).toEqualTypeOf<ForwardSnapshot>();
  const from = withSchemas(memoryBackend(), { orders: order });
  forward({ from, to: memoryBackend(), channel: 'orders', drop: ['id'], leaseMs: 1_000 });
  // @ts-expect-error -- there is no such channel
  forward({ from, to: memoryBackend(), channel: 'order' });
  // @ts-expect-error -- no publish option that an event keeps
  forward({ from, to: memoryBackend(), channel: 'orders', drop: ['delayMs'] });
  // @ts-expect-error -- concurrency is maxConcurrency
  forward({ from, to: memoryBackend(), channel: 'orders', concurrency: 2 });
});
