// Covers src/backends/indexeddb/claiming/published-segments.ts, src/backends/indexeddb/claiming/claim-result.ts
import { describe, expect, test } from 'vitest';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { drafts, payloadsOf } from '../open-indexeddb.ts';
import { countScans, openScanned, take, takeAndAck, takeTwoAndAck } from '../open-scanned.ts';

describe('an event that this context has published', () => {
  test('is claimed without a scan', async () => {
    const { backend } = await openScanned();
    const scans = countScans();
    for (const payload of [1, 2, 3]) {
      await backend.publish('a', payload);
      expect(await takeAndAck(backend)).toBe(payload);
    }
    expect(scans.count).toBe(0);
  });

  test('is claimed without a scan when other queues get events in between', async () => {
    const { backend } = await openScanned();
    await backend.publish('a', 'first');
    await takeAndAck(backend);
    const scans = countScans();
    for (const channel of ['b', 'a', 'b', 'b', 'a']) await backend.publish(channel, channel);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual(['a', 'a']);
    expect(scans.count).toBe(0);
  });

  test('is claimed in order with any limit', async () => {
    const { backend } = await openScanned();
    const scans = countScans();
    await backend.publishMany(drafts('a', 5));
    const taken: unknown[] = [];
    for (let event = 0; event < 5; event += 1) taken.push(await takeAndAck(backend));
    expect([taken, scans.count]).toEqual([[0, 1, 2, 3, 4], 0]);
  });

  test('is a new object, neither the object of the publisher nor that of the next delivery', async () => {
    const { backend } = await openScanned();
    const payload = { lines: [1] };
    await backend.publish('a', payload);
    payload.lines.push(2);
    const first = await take(backend);
    expect(first.payload).toEqual({ lines: [1] });
    (first.payload as typeof payload).lines.push(3);
    await backend.nack(first.eventId);
    expect((await take(backend)).payload).toEqual({ lines: [1] });
  });

  test('is not cached beyond a limit, and is read then', async () => {
    const { backend } = await openScanned();
    const scans = countScans();
    const large = 'x'.repeat(200_000);
    for (let event = 0; event < 6; event += 1) await backend.publish('a', [event, large]);
    const taken = await backend.dequeueMany('a', 9, 0);
    expect(taken.map(({ payload }) => (payload as unknown[])[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(scans.count).toBeGreaterThan(0);
  });

  test('is not claimed twice when a scan has read it too', async () => {
    const { backend, runtime } = await openScanned();
    await runtime.advance(1_001);
    await backend.publish('a', 0);
    expect(await takeAndAck(backend)).toBe(0);
    await runtime.advance(1_001);
    await backend.publish('a', 1);
    await backend.publish('a', 2);
    expect(await takeAndAck(backend)).toBe(1);
    await backend.publish('a', 3);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([2, 3]);
    expect(await backend.dequeue('a', 0)).toBe(null);
  });

  test('keeps its guard rows while it is held and later events are claimed', async () => {
    const { backend, runtime, rows } = await openScanned();
    await backend.publishMany(drafts('a', 4));
    await takeAndAck(backend);
    await runtime.advance(59_500);
    const scans = countScans();
    await takeAndAck(backend);
    const held = await take(backend);
    await runtime.advance(600);
    await takeAndAck(backend);
    expect(scans.count).toBe(1);
    const newest = (await rows('epochs')).at(-1) as { readonly spentEpoch: number };
    expect(newest.spentEpoch).toBeLessThan(held.lease ?? 0);
  });
});

describe('when another context acts without a hint', () => {
  test('its events in between are claimed in order', async () => {
    const { backend, other } = await openScanned();
    await backend.publish('a', 1);
    await other.publish('a', 2);
    await backend.publish('a', 3);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([1, 2, 3]);
  });

  test('its later events come next', async () => {
    const { backend, other } = await openScanned();
    await backend.publish('a', 1);
    await other.publish('a', 2);
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([1, 2]);
  });

  test('an event that it has claimed is not claimed again', async () => {
    const { backend, other, runtime } = await openScanned();
    await backend.publishMany(drafts('a', 4));
    expect(await takeAndAck(other)).toBe(0);
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([1, 2]);
    await runtime.advance(1_001);
    await backend.publish('a', 'late');
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([3, 'late']);
  });

  test('an event that it held and nacked comes first, at once', async () => {
    const { backend, other, runtime } = await openScanned();
    await backend.publishMany(drafts('a', 4));
    const { eventId } = await take(other);
    await runtime.advance(1_001);
    expect(await takeAndAck(backend)).toBe(1);
    await other.nack(eventId);
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([0, 2]);
  });

  test('an event of this context that it nacked comes first, after a second at the latest', async () => {
    const { backend, other, runtime } = await openScanned();
    await backend.publishMany(drafts('a', 3));
    const { eventId, lease } = await take(backend);
    await other.nack(eventId, lease);
    await runtime.advance(1_001);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([0, 1, 2]);
  });
});

describe('a waiting event comes before those of the cache', () => {
  test('after a nack here', async () => {
    const { backend } = await openScanned();
    await backend.publishMany(drafts('a', 3));
    const { eventId } = await take(backend);
    await backend.nack(eventId);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([0, 1, 2]);
  });

  test('after its lease has expired, when leases end by the clock', async () => {
    const { backend, runtime } = await openScanned({ leaseMode: 'available' });
    await backend.publishMany(drafts('a', 3));
    await backend.dequeue('a', 0, { leaseMs: 500 });
    await runtime.advance(500);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([0, 1, 2]);
  });

  test('after several nacks here, one by one', async () => {
    const { backend } = await openScanned();
    await backend.publishMany(drafts('a', 4));
    for (const { eventId } of await backend.dequeueMany('a', 3, 0)) await backend.nack(eventId);
    const taken: unknown[] = [];
    for (let event = 0; event < 4; event += 1) taken.push(await takeAndAck(backend));
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  test('after the delay that it was published with', async () => {
    const { backend, runtime } = await openScanned();
    await backend.publish('a', 'late', null, { delayMs: 500 });
    await backend.publish('a', 'first');
    expect((await take(backend)).payload).toBe('first');
    await backend.publish('a', 'second');
    await runtime.advance(500);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual(['late', 'second']);
  });
});

describe('a claim without a scan', () => {
  test.each(['answer-lost', 'rolled-back', 'closed'] as const)(
    'is %s, and each event is delivered once',
    async (fault) => {
      const { factory, strike } = faultyIndexedDb();
      const { backend, other } = await openScanned({ indexedDB: factory });
      await backend.publishMany(drafts('a', 3));
      strike(fault, 'claim');
      expect(await takeTwoAndAck(backend)).toEqual([0, 1]);
      expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([2]);
    },
  );

  test('fails although it was committed, and the next claim has exactly its events', async () => {
    const { factory, strike } = faultyIndexedDb();
    const { backend, other, runtime } = await openScanned({ indexedDB: factory });
    // After three lost answers in a row the next one is reported as an error.
    for (let loss = 0; loss < 3; loss += 1) {
      await backend.publish('a', 'before');
      strike('answer-lost', 'claim');
      await take(backend);
      await runtime.advance(1_001);
      expect(await backend.dequeue('a', 0)).toBe(null);
    }
    await backend.publishMany(drafts('a', 3));
    strike('answer-lost', 'claim');
    await expect(backend.dequeue('a', 0)).rejects.toMatchObject({ code: 'storage' });
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([0]);
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([1, 2]);
  });
});
