// Covers src/backends/indexeddb/schema/event-rows.ts, src/backends/indexeddb/claiming/commit-claim.ts, src/backends/indexeddb/claims/claim-state.ts
import { describe, expect, test } from 'vitest';
import { drafts, openDatabase, payloadsOf, separateLocks, settled } from './open-indexeddb.ts';

const LONG_MS = 3_600_000;

describe('layout', () => {
  test('concurrent publishes are one row, and acknowledging them leaves no row', async () => {
    const { open, rows, rowsLeft } = openDatabase();
    const backend = open();
    await Promise.all(drafts('a', 50).map(({ payload }) => backend.publish('a', payload)));
    expect(await rows('segments')).toHaveLength(1);
    const messages = await backend.dequeueMany('a', 50, 0);
    expect(messages).toHaveLength(50);
    expect(await rows('epochs')).toMatchObject([{ claim: { held: [{ count: 50 }] } }]);
    await Promise.all(messages.map(({ eventId }) => backend.ack(eventId)));
    expect(await rowsLeft('segments')).toEqual([]);
    expect(await rows('claims')).toEqual([]);
  });

  test('a delayed event has its own row, which is deleted when the event is acknowledged or a dead letter', async () => {
    const { open, rows, rowsLeft, runtime } = openDatabase();
    const backend = open();
    for (const payload of [1, 2]) await backend.publish('a', payload, null, { delayMs: 10 });
    expect(await rows('late')).toHaveLength(2);
    await runtime.advance(10);
    const [first, second] = await backend.dequeueMany('a', 2, 0);
    await backend.ack(String(first?.eventId));
    await backend.reject(String(second?.eventId));
    expect([await rows('late'), await rows('returned')]).toEqual([[], []]);
    expect(await rowsLeft('claims')).toEqual([]);
  });

  test('a batch over several channels is one commit with a row for each', async () => {
    const { open, rows } = openDatabase();
    const backend = open();
    await backend.publishMany([...drafts('a', 2), ...drafts('b', 3)]);
    expect(await rows('segments')).toMatchObject([
      { queue: 'a', ids: [expect.any(String), expect.any(String)] },
      { queue: 'b', ids: [expect.any(String), expect.any(String), expect.any(String)] },
    ]);
  });

  test('a segment that two contexts shared is deleted when one of them is idle', async () => {
    const { open, rows, rowsLeft, tidied } = openDatabase();
    const [first, second] = [open(), open()];
    await first.publishMany(drafts('a', 4));
    const mine = await first.dequeueMany('a', 2, 0);
    const theirs = await second.dequeueMany('a', 2, 0);
    for (const { eventId } of mine) await first.ack(eventId);
    for (const { eventId } of theirs) await second.ack(eventId);
    expect(await rowsLeft('segments')).toHaveLength(1);
    expect(await first.dequeue('a', 0)).toBeNull();
    await tidied();
    expect(await rows('segments')).toEqual([]);
  });

  test('clean-up keeps segments with events that are held or wait again', async () => {
    const { open, rows, tidied } = openDatabase();
    const [first, second] = [open(), open()];
    for (const { payload } of drafts('a', 4)) await first.publish('a', payload);
    const [acked, , delayed] = await first.dequeueMany('a', 4, 0, { leaseMs: LONG_MS });
    await first.ack(String(acked?.eventId));
    await first.nack(String(delayed?.eventId), undefined, { delayMs: LONG_MS });
    expect(await second.dequeue('a', 0)).toBeNull();
    await tidied();
    expect(await rows('segments')).toHaveLength(3);
  });

  test('dequeueMany: with very small segments it still claims up to its limit', async () => {
    const { open } = openDatabase();
    const backend = open();
    for (const { payload } of drafts('a', 10)) await backend.publish('a', payload);
    expect(payloadsOf(await backend.dequeueMany('a', 8, 0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('a new context finds due events behind spent segments that are not deleted yet', async () => {
    const { open } = openDatabase();
    const [first, second] = [open(), open()];
    for (let round = 0; round < 3; round += 1) {
      await first.publishMany(drafts('a', 2));
      for (const backend of [first, second])
        await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
    }
    await first.publish('a', 'due');
    expect(await open().dequeue('a', 0)).toMatchObject({ payload: 'due' });
  });

  test('a delayed event of a new context comes after what others published before', async () => {
    const { open, runtime } = openDatabase();
    const [first, second] = [open(), open()];
    await first.publishMany(drafts('a', 2));
    await second.publish('a', 'delayed', null, { delayMs: 10 });
    await first.publish('a', 'last');
    await runtime.advance(10);
    expect(payloadsOf(await first.dequeueMany('a', 9, 0))).toEqual([0, 1, 'delayed', 'last']);
  });
});

describe('guards', () => {
  test('stay few after many cycles', async () => {
    const { open, rows, runtime, tidied } = openDatabase();
    const backend = open();
    for (let cycle = 0; cycle < 40; cycle += 1) {
      await backend.publish('a', cycle);
      await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
      await runtime.advance(10_000);
    }
    for (let minute = 0; minute < 3; minute += 1) {
      await runtime.advance(60_000);
      expect(await backend.dequeue('a', 0)).toBeNull();
      await tidied();
    }
    expect(await rows('epochs')).toHaveLength(1);
    expect(await rows('endings')).toEqual([]);
  });

  test('a superseded token stays stale after its guards were deleted', async () => {
    const { open, runtime } = openDatabase();
    const [slow, quick] = [open(), open({ leaseMode: 'available' })];
    await slow.publish('a', 'once');
    const lost = await slow.dequeue('a', 0, { leaseMs: 30_000 });
    await runtime.advance(31_000);
    const held = await quick.dequeue('a', 0, { leaseMs: LONG_MS });
    expect(held?.attempts).toBe(2);
    for (let minute = 0; minute < 6; minute += 1) {
      await runtime.advance(61_000);
      await quick.publish('a', minute);
      await quick.ack(String((await quick.dequeue('a', 0))?.eventId));
    }
    expect(await slow.nack(String(lost?.eventId), lost?.lease)).toBe('stale');
    expect(await slow.ack(String(lost?.eventId), lost?.lease)).toBe('stale');
    expect(await slow.dequeue('a', 0)).toBeNull();
    expect(await quick.ack(String(held?.eventId))).toBe('ok');
  });

  test('a settlement long after its claim is accepted unless another context has taken the event over', async () => {
    const { open, runtime } = openDatabase();
    const backend = open();
    await backend.publish('a', 1);
    // Until `maxHoldMs` has passed no context takes the lease back, not even its own.
    const terms = { leaseMs: 30_000, maxHoldMs: 2 * LONG_MS };
    const message = await backend.dequeue('a', 0, terms);
    await runtime.advance(LONG_MS);
    expect(await backend.ack(String(message?.eventId))).toBe('ok');
  });
});

describe('a database that is deleted under a running context', () => {
  test('a delayed event has its place in the new one', async () => {
    const { database, open, runtime } = openDatabase();
    const backend = open({ locks: separateLocks() });
    for (const { payload } of drafts('a', 5)) await backend.publish('a', payload);
    await settled(indexedDB.deleteDatabase(database));
    await backend.publish('a', 'first');
    await backend.publish('a', 'delayed', null, { delayMs: 10 });
    await backend.publish('a', 'last');
    await runtime.advance(10);
    const messages = await backend.dequeueMany('a', 9, 0);
    expect(payloadsOf(messages)).toEqual(['first', 'delayed', 'last']);
  });

  test('no event of the new one is settled or deleted by the cache of the old one', async () => {
    const { database, open, rows } = openDatabase();
    const backend = open({ locks: separateLocks() });
    await backend.publishMany(drafts('a', 2));
    const [old, kept] = await backend.dequeueMany('a', 2, 0);
    await backend.ack(String(old?.eventId));
    await settled(indexedDB.deleteDatabase(database));
    await backend.publishMany(drafts('a', 10));
    expect(await backend.stats('a')).toMatchObject({ ready: 10, leased: 0 });
    expect(await backend.ack(String(kept?.eventId))).toBe('gone');
    const first = await backend.dequeue('a', 0);
    expect(await backend.ack(String(first?.eventId))).toBe('ok');
    expect(await backend.stats('a')).toMatchObject({ ready: 9, leased: 0 });
    expect(await rows('segments')).toHaveLength(1);
  });

  test('each lease of the old one is reported as lost and forgotten', async () => {
    const { database, open } = openDatabase();
    const backend = open({ locks: separateLocks() });
    const lost: unknown[] = [];
    backend.observe((event) => event.type === 'lease-lost' && lost.push(event.eventId));
    const ids = await backend.publishMany(drafts('a', 2));
    await backend.dequeueMany('a', 2, 0);
    await settled(indexedDB.deleteDatabase(database));
    await backend.publish('a', 'new');
    expect(lost).toEqual(ids);
  });
});
