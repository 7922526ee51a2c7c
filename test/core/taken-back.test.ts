// Covers src/core/session.ts
import { type Delivery, EventChannel, memoryBackend, memoryStore } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime, recordingObserver } from 'ackline/testing';
import { describe, expect, test } from 'vitest';

describe('a lease that expires and that the same context claims again', () => {
  const backends = {
    memory: (runtime: ManualRuntime) => memoryBackend({ store: memoryStore({ runtime }) }),
    indexeddb: (runtime: ManualRuntime) =>
      indexedDbBackend({ database: crypto.randomUUID(), runtime, leaseMode: 'available' }),
  };
  for (const [name, open] of Object.entries(backends))
    test(`${name}: aborts the old delivery and is reported once, before the event is delivered again`, async () => {
      const runtime = new ManualRuntime();
      const observer = recordingObserver();
      const events = new EventChannel({ backend: open(runtime), observer, leaseMs: 1_000 });
      await events.publish('orders', 1);
      const old = (await events.dequeue('orders')) as Delivery;
      expect(old.signal.aborted).toBe(false);
      await runtime.advance(1_000);
      const again = await events.dequeue('orders');
      expect([again?.attempts, old.signal.aborted, again?.signal.aborted]).toEqual([
        2,
        true,
        false,
      ]);
      const { eventId, lease } = old;
      expect(observer.of('lease-lost')).toEqual([
        { type: 'lease-lost', channel: 'orders', eventId, lease },
      ]);
      expect(observer.events.map(({ type }) => type).slice(-2)).toEqual(['lease-lost', 'claimed']);
      expect([await old.ack(), await events.ack(eventId)]).toEqual(['stale', 'ok']);
      await events.shutdown();
    });
});
