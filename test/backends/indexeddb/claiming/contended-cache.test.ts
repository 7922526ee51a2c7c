// Covers src/backends/indexeddb/claiming/queue-cache.ts, src/backends/indexeddb/claiming/claimer.ts
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { drafts, type FullBackend, openDatabase, payloadsOf, settled } from '../open-indexeddb.ts';
import {
  countAttempts,
  countScans,
  openScanned,
  take,
  takeAndAck,
  takeTwoAndAck,
} from '../open-scanned.ts';

/** Another context holds the first of `count` events, and this context has scanned since. */
async function openBesideHolder(count = 10) {
  const opened = await openScanned();
  const { backend, other } = opened;
  await backend.publishMany(drafts('a', count));
  const held = await take(other);
  expect(held.payload).toBe(0);
  await takeAndAck(backend);
  return { ...opened, held };
}

describe('while another context claims too', () => {
  test('only its claims are read', async () => {
    const { backend, other } = await openBesideHolder();
    const scans = countScans();
    expect([await takeAndAck(backend), await takeAndAck(other)]).toEqual([2, 3]);
    const byOther = scans.count;
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([4, 5]);
    expect(payloadsOf(await other.dequeueMany('a', 2, 0))).toEqual([6, 7]);
    expect(await takeAndAck(backend)).toBe(8);
    expect(scans.count).toBe(byOther);
  });

  test('events beyond the cache come next, from any context', async () => {
    const { backend, other } = await openBesideHolder(3);
    expect(await takeAndAck(backend)).toBe(2);
    await other.publishMany(drafts('b', 2));
    await other.publish('a', 'theirs');
    await backend.publish('a', 'ours');
    await other.publish('a', 'theirs too');
    const scans = countScans();
    expect(payloadsOf(await backend.dequeueMany('a', 2, 0))).toEqual(['theirs', 'ours']);
    await backend.publish('a', 'last');
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual(['theirs too', 'last']);
    expect(scans.count).toBe(0);
    expect(await backend.dequeue('a', 0)).toBe(null);
  });

  test('segments that it claimed in part are claimed to their end', async () => {
    const { backend, other } = await openScanned();
    for (const _ of [1, 2, 3]) await backend.publishMany(drafts('a', 5));
    await take(other);
    expect(payloadsOf(await backend.dequeueMany('a', 2, 0))).toEqual([1, 2]);
    expect(payloadsOf(await other.dequeueMany('a', 4, 0))).toEqual([3, 4, 0, 1]);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([2, 3, 4, 0, 1, 2, 3, 4]);
  });

  test('an event that it nacked is delivered first, at once', async () => {
    const { backend, other, held } = await openBesideHolder();
    await other.nack(held.eventId);
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([0, 2]);
  });

  test('an event that a third context has taken over is not delivered here', async () => {
    const { backend, open, runtime } = await openBesideHolder();
    const [third, fourth] = [1, 2].map(() => open({ leaseMode: 'available' })) as [
      FullBackend,
      FullBackend,
    ];
    expect((await third.dequeue('a', 0, { leaseMs: 10 }))?.payload).toBe(2);
    expect(await takeAndAck(backend)).toBe(3);
    await runtime.advance(11);
    expect((await take(fourth)).payload).toBe(2);
    expect(await takeAndAck(backend)).toBe(4);
  });

  test('an event whose lease expired in another context is delivered first', async () => {
    const { backend, other, open, runtime } = await openScanned({ leaseMode: 'available' });
    await backend.publishMany(drafts('a', 5));
    await take(other);
    await takeAndAck(backend);
    const third = open({ leaseMode: 'available' });
    expect((await third.dequeue('a', 0, { leaseMs: 100 }))?.payload).toBe(2);
    expect(await takeAndAck(backend)).toBe(3);
    await runtime.advance(101);
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([2, 4]);
  });

  test('after a second the queue is scanned again', async () => {
    const { backend, runtime } = await openBesideHolder();
    await runtime.advance(1_001);
    const scans = countScans();
    expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([2, 3]);
    expect(scans.count).toBe(1);
  });

  test.each(['answer-lost', 'rolled-back', 'closed'] as const)(
    'a claim is %s, and each event is delivered once',
    async (fault) => {
      const { factory, strike } = faultyIndexedDb();
      const { backend, other } = await openScanned({ indexedDB: factory });
      await backend.publishMany(drafts('a', 6));
      await take(other);
      await takeAndAck(backend);
      strike(fault, 'claim');
      expect(await takeTwoAndAck(backend)).toEqual([2, 3]);
      expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([4, 5]);
    },
  );

  test('an epoch row with a malformed claim is moved to quarantine', async () => {
    const { backend, database, rows } = await openBesideHolder();
    const newest = (await rows('epochs')).at(-1) as { readonly epoch: number };
    await addRow(database, { ...newest, epoch: newest.epoch + 1, claim: 5 });
    expect(await takeAndAck(backend)).toBe(2);
    expect(await backend.stats('a')).toMatchObject({ quarantined: 1 });
  });

  test('after an epoch of a newer version, claims reject', async () => {
    const { backend, database, rows } = await openBesideHolder();
    const newest = (await rows('epochs')).at(-1) as { readonly epoch: number; claim: object };
    const epoch = newest.epoch + 1;
    await addRow(database, { ...newest, epoch, claim: { ...newest.claim, epoch }, v: 99 });
    await expect(backend.dequeue('a', 0)).rejects.toMatchObject({ code: 'newer-schema' });
  });

  test('its segments are cached only up to the limit in bytes', async () => {
    const { backend, other } = await openBesideHolder(3);
    const large = 'x'.repeat(300_000);
    for (let index = 0; index < 3; index += 1) await other.publish('a', `${index}${large}`);
    expect(await takeAndAck(backend)).toBe(2);
    const scans = countScans();
    expect(await backend.dequeueMany('a', 2, 0)).toHaveLength(2);
    expect(scans.count).toBe(1);
  });

  test('a backlog that one scan cannot read is claimed to its end', async () => {
    const { backend, other } = await openScanned();
    for (let index = 0; index < 50; index += 1) await backend.publish('a', index);
    await take(other);
    await takeAndAck(backend);
    const scans = countScans();
    expect(await backend.dequeueMany('a', 40, 0)).toHaveLength(40);
    expect(payloadsOf(await backend.dequeueMany('a', 20, 0))).toEqual([
      42, 43, 44, 45, 46, 47, 48, 49,
    ]);
    expect(scans.count).toBe(0);
  });

  test('no claim fails when the other context holds nothing at the time of the scan', async () => {
    const { backend, other, runtime } = await openScanned();
    await backend.publishMany(drafts('a', 20));
    await takeAndAck(other);
    expect(await takeAndAck(backend)).toBe(1);
    await runtime.advance(900);
    expect([await takeAndAck(other), await takeAndAck(backend)]).toEqual([2, 3]);
    await runtime.advance(200);
    expect(await takeAndAck(backend)).toBe(4);
    expect(await takeAndAck(other)).toBe(5);
    const attempts = countAttempts();
    expect(await takeAndAck(backend)).toBe(6);
    expect(attempts.count).toBe(1);
  });

  test('a lost claim is repeated from the cache', async () => {
    const { backend, other } = await openBesideHolder(100);
    const scans = countScans();
    const claims = await Promise.all(
      [backend, other, backend, other].map((each) => each.dequeueMany('a', 9, 0)),
    );
    const payloads = claims.flatMap(payloadsOf).toSorted((one, next) => Number(one) - Number(next));
    expect(payloads).toEqual(Array.from({ length: 36 }, (_, index) => index + 2));
    expect(scans.count).toBe(0);
  });
});

/** Adds a row to `epochs`. */
async function addRow(database: string, row: unknown): Promise<void> {
  const opened = await settled(indexedDB.open(database));
  await settled(opened.transaction('epochs', 'readwrite').objectStore('epochs').add(row));
  opened.close();
}

/** A generator of random numbers from 0 to below `limit`. Equal seeds give equal numbers. */
function dice(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
}

describe('contexts that publish and claim at random', () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'get each event once (seed %i)',
    async (seed) => {
      vi.stubGlobal('BroadcastChannel', undefined);
      onTestFinished(() => void vi.unstubAllGlobals());
      const { open, runtime } = openDatabase();
      const contexts = [open(), open(), open()];
      const roll = dice(seed);
      const published: string[] = [];
      const acknowledged: string[] = [];
      const play = async (context: FullBackend) => {
        const kind = roll(10);
        if (kind < 3) {
          const channel = roll(4) === 0 ? 'b' : 'a';
          const eventIds = await context.publishMany(drafts(channel, 1 + roll(6)));
          if (channel === 'a') published.push(...eventIds);
        } else if (kind < 9) {
          for (const { eventId } of await context.dequeueMany('a', 1 + roll(5), 0))
            if (roll(8) === 0) await context.nack(eventId);
            else if ((await context.ack(eventId)) === 'ok') acknowledged.push(eventId);
        } else await runtime.advance(roll(700));
      };
      for (let round = 0; round < 120; round += 1)
        await Promise.all(contexts.filter(() => roll(2) === 0).map(play));
      for (let left = 1; left > 0; ) {
        const taken = await contexts[roll(3)]?.dequeueMany('a', 20, 0);
        left = taken?.length ?? 0;
        for (const { eventId } of taken ?? []) {
          await Promise.all(contexts.map((context) => context.ack(eventId)));
          acknowledged.push(eventId);
        }
      }
      expect(acknowledged.toSorted()).toEqual(published.toSorted());
    },
  );
});
