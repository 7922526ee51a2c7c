// Covers src/opentelemetry/with-tracing.ts, src/opentelemetry/observe-backlog.ts, src/opentelemetry/trace-context.ts
import {
  type AsyncEventBackend,
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { contextOf, observeBacklog, traceHeaders, withTracing } from 'ackline/opentelemetry';
import { httpSender } from 'ackline/outbox';
import { withSchemas } from 'ackline/schema';
import { expectTypeOf, test } from 'vitest';
import { object, string } from 'zod';

interface Shop {
  orders: { total: number };
}

test('withTracing: a backend or channel keeps its type', () => {
  expectTypeOf(withTracing(memoryBackend())).toEqualTypeOf<AsyncEventBackend>();
  const events = withTracing(new EventChannel<Shop>({ backend: memoryBackend() }));
  expectTypeOf(events).toEqualTypeOf<EventChannel<Shop>>();
  void events.publish('orders', { total: 1 });
  // @ts-expect-error -- the payload does not fit
  void events.publish('orders', { total: '1' });
  const sync = new SyncEventChannel<Shop>({ backend: syncMemoryBackend() });
  expectTypeOf(withTracing(sync)).toEqualTypeOf<SyncEventChannel<Shop>>();
  const backend = withTracing(withSchemas(memoryBackend(), { note: object({ text: string() }) }));
  const typed = new EventChannel({ backend });
  // @ts-expect-error -- the schema wants a string
  void typed.publish('note', { text: 1 });
  // @ts-expect-error -- neither a backend nor a channel
  withTracing({});
  // @ts-expect-error -- there is no such option
  withTracing(memoryBackend(), { trace: true });
});

test('contextOf, traceHeaders, observeBacklog: take what a handler and a sender have', () => {
  const events = new EventChannel<Shop>({ backend: memoryBackend() });
  events.listen('orders', (delivery) => void contextOf(delivery));
  void httpSender({ url: '/orders', headers: traceHeaders });
  expectTypeOf(observeBacklog(events, ['orders'])).toEqualTypeOf<() => void>();
  // @ts-expect-error -- no names of channels
  observeBacklog(events, 'orders');
});
