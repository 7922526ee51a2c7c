// Covers src/forward/forward.ts
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { forward } from '../../src/forward.ts';
import { EventChannel, memoryBackend } from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import { bareBackend } from '../support/bare-backend.ts';

test('from IndexedDB to memory, and back', async () => {
  const database = () => indexedDbBackend({ database: `forward-${Math.random()}` });
  for (const [from, to] of [
    [database(), memoryBackend()],
    [memoryBackend(), database()],
  ] as const) {
    const source = new EventChannel({ backend: from });
    const target = new EventChannel({ backend: to });
    const drafts = Array.from({ length: 120 }, (_, at) => ({
      channel: 'orders',
      payload: { at, when: new Map([[at, new Set([1])]]) },
      options: { key: `customer-${at % 7}` },
    }));
    const ids = await source.publishMany(drafts);
    const forwarding = forward({ from, to, channel: 'orders' });
    await forwarding.whenIdle();
    const moved = new Map<string, unknown>();
    const keys = new Map<string, number[]>();
    while (moved.size < 120) {
      for (const delivery of await target.dequeueMany('orders', 200)) {
        moved.set(delivery.eventId, delivery.payload);
        const { at } = delivery.payload as { at: number };
        keys.set(delivery.key ?? '', [...(keys.get(delivery.key ?? '') ?? []), at]);
        await delivery.ack();
      }
    }
    expect([...moved.keys()].toSorted()).toEqual(ids.toSorted());
    for (const order of keys.values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
    await forwarding.stop();
    await source.shutdown();
    await target.shutdown();
  }
}, 60_000);

test('a backend of five verbs: refused as to, unless ids may be dropped; taken as from', async () => {
  const bare = bareBackend();
  expect(() => forward({ from: memoryBackend(), to: bare, channel: 'orders' })).toThrow(
    'id needs the capability id, which the backend bare lacks',
  );
  const from = memoryBackend();
  const source = new EventChannel({ backend: from });
  await source.publishMany([1, 2].map((payload) => ({ channel: 'orders', payload })));
  const forwarding = forward({ from, to: bare, channel: 'orders', drop: ['id'] });
  await forwarding.whenIdle();
  const published = bare.calls.filter(([verb]) => verb === 'publish').map((call) => call[2]);
  expect(published).toEqual([1, 2]);
  await forwarding.stop();
  await source.shutdown();
  const old = bareBackend();
  const received = memoryBackend();
  const target = new EventChannel({ backend: received });
  await old.publish('orders', 'kept');
  const second = forward({ from: old, to: received, channel: 'orders', observer: () => undefined });
  const delivery = await target.dequeue('orders', { pollIntervalMs: 5_000 });
  expect(delivery?.payload).toBe('kept');
  await second.stop();
  await target.shutdown();
});
