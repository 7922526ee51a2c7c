// Covers src/backends/indexeddb/cleanup/housekeeping.ts, src/backends/indexeddb/cleanup/read-claims.ts, src/backends/indexeddb/claims/claim-settler.ts, src/backends/indexeddb/claims/takeover.ts
import { EventChannel } from 'ackline';
import { recordingObserver } from 'ackline/testing';
import { expect, test } from 'vitest';
import { transactionsOf } from '../../../support/count-transactions.ts';
import { keptKeys } from '../../../support/kept-keys.ts';
import { nextTask } from '../../../support/next-task.ts';
import { drafts, openDatabase } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

const COUNT = 2_000;
const LEASE_MS = 30_000;
const HOLD_MS = 600_000;
/** The longest time from the possible takeover of a lease until it is taken back. */
const WITHIN_MS = 120_000;

for (const leaseMode of ['available', 'exclusive'] as const)
  test(`${leaseMode}: after ${COUNT} deliveries that a consumer never settles, none of their leases is kept`, async () => {
    const { open, runtime } = openDatabase();
    const observer = recordingObserver();
    const backend = open({ leaseMode });
    const terms = { leaseMs: LEASE_MS, maxHoldMs: HOLD_MS };
    const events = new EventChannel<{ a: number }>({ backend, observer, ...terms });
    for (let batch = 0; batch < COUNT / 500; batch += 1)
      await events.publishMany(drafts('a', 500) as never);
    for (let batch = 0; batch < COUNT / 100; batch += 1)
      expect(await events.dequeueMany('a', 100)).toHaveLength(100);
    // The keys are those of the ledger, the channel, and the claims of the store.
    expect(Math.max(...keptKeys(''))).toBeGreaterThanOrEqual(COUNT);
    if (leaseMode === 'exclusive') {
      await runtime.advance(LEASE_MS + WITHIN_MS);
      await nextTask();
      expect(observer.of('lease-lost')).toEqual([]);
      await runtime.advance(HOLD_MS - LEASE_MS);
    } else await runtime.advance(LEASE_MS + WITHIN_MS);
    await expect.poll(() => observer.of('lease-lost').length, { timeout: 20_000 }).toBe(COUNT);
    expect(Math.max(...keptKeys(''))).toBeLessThan(COUNT);
    expect(await events.stats('a')).toMatchObject({ leased: 0, ready: COUNT });
    expect((await events.dequeue('a'))?.attempts).toBe(2);
    await events.shutdown();
  }, 60_000);

test('from a settled claim no lease is taken back, and no request is made', async () => {
  const { backend, runtime } = await openStore();
  await backend.publishMany(drafts('a', 1));
  const [event] = await backend.dequeueMany('a', 1, 0, { leaseMs: LEASE_MS });
  await backend.ack(String(event?.eventId), event?.lease);
  await runtime.advance(1_000);
  const begun = await transactionsOf(() => runtime.advance(LEASE_MS + WITHIN_MS));
  expect(begun).toEqual([]);
});
