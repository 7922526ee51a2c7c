// Covers src/schema/sync-methods.ts
import { withSchemas } from 'ackline/schema';
import { expect, test } from 'vitest';
import { SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';
import { lateOrder, type Order, order } from '../support/schemas.ts';

const wrong = (value: unknown) => value as never;

function open() {
  const runtime = new ManualRuntime();
  const inner = syncMemoryBackend({ runtime });
  const observer = recordingObserver();
  const atDelivery = { schema: order, validate: 'delivery' } as const;
  const schemas = { orders: order, strict: atDelivery, late: { ...atDelivery, schema: lateOrder } };
  const backend = withSchemas(inner, schemas);
  const events = new SyncEventChannel({ backend, observer, autoDrain: false });
  return { runtime, inner, observer, events };
}

test('publish and publishMany: refuse what does not fit, and store nothing', () => {
  const { events } = open();
  expect(() => events.publish('orders', wrong({}))).toThrow(
    expect.objectContaining({
      name: 'SchemaError',
      code: 'invalid',
      path: 'payload.total',
    }) as Error,
  );
  const drafts = [
    { channel: 'orders', payload: { total: 1 } },
    { channel: 'orders', payload: wrong(1) },
  ] as const;
  expect(() => events.publishMany(drafts)).toThrow('does not fit its schema');
  expect(events.stats('orders')).toMatchObject({ ready: 0 });
  events.publishMany([{ channel: 'orders', payload: wrong({ total: 2, extra: 1 }) }]);
  expect(events.dequeue('orders')?.payload).toEqual({ total: 2 });
});

test('delivery: what does not fit is a dead letter with the reason invalid', () => {
  const { inner, events, observer } = open();
  inner.publish('strict', 'old');
  inner.publish('strict', { total: 2 });
  const seen: Order[] = [];
  events.listen('strict', ({ payload }) => seen.push(payload));
  events.drain();
  expect(seen).toEqual([{ total: 2 }]);
  expect(events.deadLetters('strict').map(({ payload, reason }) => [payload, reason])).toEqual([
    ['old', 'invalid'],
  ]);
  expect(observer.of('dead-lettered').map(({ reason }) => reason)).toEqual(['invalid']);
  inner.publish('strict', 'old');
  expect([events.dequeue('strict'), events.dequeueMany('strict', 3)]).toEqual([null, []]);
});

test('an asynchronous schema: is refused at publish, and delays the event at delivery', () => {
  const { inner, events, observer } = open();
  const refusal = expect.objectContaining({ code: 'unsupported', channel: 'late' }) as Error;
  expect(() => events.publish('late', { total: 1 })).toThrow(refusal);
  inner.publish('late', { total: 1 });
  expect(events.dequeue('late')).toBe(null);
  expect(observer.of('fault').map(({ during, error }) => [during, error])).toEqual([
    ['dequeue', refusal],
  ]);
  expect(events.stats('late')).toMatchObject({ leased: 0, dead: 0 });
});
