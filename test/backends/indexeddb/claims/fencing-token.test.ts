// Covers src/backends/indexeddb/claims/next-epoch.ts, src/backends/indexeddb/claiming/commit-claim.ts, src/backends/indexeddb/database/read-stamp.ts
import { ManualRuntime } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

/** The fencing token alone decides. A wrong clock may end a lease early or late, and has no other effect. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_AT = 1_700_000_000_000;

async function take(backend: FullBackend) {
  const message = await backend.dequeue('a', 0);
  if (!message) throw new Error('nothing is due');
  return message;
}

/** `first` lost its event to `second`. Its token must be stale, although guard rows may have been deleted since. */
async function expectFenced(
  [first, second]: readonly [FullBackend, FullBackend],
  lost: { readonly eventId: string; readonly lease?: number },
  held: { readonly lease?: number },
): Promise<void> {
  const { eventId } = lost;
  expect(await first.ack(eventId, lost.lease)).toBe('stale');
  expect(await second.nack(eventId, held.lease)).toBe('ok');
  const again = await take(second);
  expect(again).toMatchObject({ eventId, attempts: 3 });
  expect(await second.ack(eventId, again.lease)).toBe('ok');
  expect(await second.stats('a')).toEqual(expect.objectContaining({ ready: 0, leased: 0 }));
  expect(await second.quarantined('a', 9)).toEqual([]);
}

describe('a stale token is refused', () => {
  for (const ms of [HOUR_MS, DAY_MS])
    test(`after the clock jumped ${ms} ms ahead and back within ten seconds`, async () => {
      const { open, runtime } = openDatabase();
      const both = [open(), open()] as const;
      const [first, second] = both;
      const { eventId } = { eventId: await first.publish('a', 'contested') };
      const lost = await take(first);
      runtime.jumpTo(runtime.now() + ms);
      const held = await take(second);
      expect([lost.eventId, held.eventId]).toEqual([eventId, eventId]);
      runtime.jumpTo(runtime.now() - ms);
      for (let count = 0; count < 3; count += 1) {
        await second.publish('a', count);
        const { eventId: next, lease } = await take(second);
        expect(await second.ack(next, lease)).toBe('ok');
      }
      await expectFenced(both, lost, held);
    });

  for (const behindMs of [11 * 60_000, DAY_MS])
    test(`when one context is ${behindMs} ms behind the other`, async () => {
      const { open } = openDatabase();
      const slow = new ManualRuntime({ startAt: START_AT - behindMs, seed: 7 });
      const both = [open({ runtime: slow }), open()] as const;
      const [first, second] = both;
      await first.publish('a', 'contested');
      const lost = await take(first);
      const held = await take(second);
      expect(held.eventId).toBe(lost.eventId);
      for (let count = 0; count < 3; count += 1) {
        await first.publish('a', count);
        const next = await take(first);
        expect(next.payload).toBe(count);
        expect(await first.ack(next.eventId, next.lease)).toBe('ok');
      }
      await expectFenced(both, lost, held);
    });
});
