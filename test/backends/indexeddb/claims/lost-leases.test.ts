// Covers src/backends/indexeddb/claims/claim-settler.ts, src/backends/indexeddb/claims/find-delivered-event.ts, src/backends/indexeddb/claims/held-claim.ts, src/backends/indexeddb/scanning/claim-reader.ts
import type { EventMessage } from 'ackline';
import { describe, expect, test } from 'vitest';
import { transactionsOf } from '../../../support/count-transactions.ts';
import { drafts } from '../open-indexeddb.ts';
import { type OpenStore, openStore } from '../open-store.ts';

type Backend = OpenStore['backend'];

const LEASE_MS = 1_000;
const LONG_MS = 3_600_000;

/** `count` events that were delivered to one context and taken over by another. `publish` published them. */
async function openLost(count: number, publish = publishBatch) {
  const db = await openStore();
  const second = db.open().backend;
  await publish(db.backend, count);
  await db.runtime.advance(LEASE_MS);
  const lost = await db.backend.dequeueMany('a', count, 0, { leaseMs: LEASE_MS });
  await db.runtime.advance(LEASE_MS);
  const taken = await second.dequeueMany('a', count, 0, { leaseMs: LONG_MS });
  expect([lost.length, taken.length]).toEqual([count, count]);
  return { ...db, second, lost, taken };
}

async function publishBatch(backend: Backend, count: number): Promise<void> {
  await backend.publishMany(drafts('a', count));
}

async function publishDelayed(backend: Backend, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1)
    await backend.publish('a', each, null, { delayMs: 10 });
}

function ack(backend: Backend, { eventId, lease }: EventMessage) {
  return backend.ack(eventId, lease);
}

function ackAll(backend: Backend, events: readonly EventMessage[]) {
  return Promise.all(events.map((event) => ack(backend, event)));
}

const BECAME: Readonly<
  Record<string, [act: (second: Backend, taken: EventMessage) => Promise<unknown>, answer: string]>
> = {
  'is leased to another context': [async () => undefined, 'stale'],
  'waits again': [(second, { eventId, lease }) => second.nack(eventId, lease), 'stale'],
  'waits for its time': [
    (second, { eventId, lease }) => second.nack(eventId, lease, { delayMs: LONG_MS }),
    'stale',
  ],
  'is acknowledged': [ack, 'gone'],
  'is dead': [(second, { eventId, lease }) => second.reject(eventId, lease), 'gone'],
};

describe('settling under a lost lease answers correctly when the event', () => {
  const publishing = {
    'was published in a batch and': publishBatch,
    'was published with a delay and': publishDelayed,
  };
  for (const [kind, publish] of Object.entries(publishing))
    for (const [name, [act, answer]] of Object.entries(BECAME))
      test(`${kind} ${name}: ${answer}, and changes nothing`, async () => {
        const { backend, second, lost, taken } = await openLost(3, publish);
        for (const event of taken.slice(1)) await act(second, event);
        const before = await second.stats('a');
        const answers = await ackAll(backend, lost);
        expect(answers).toEqual(['stale', answer, answer]);
        expect(await second.stats('a')).toEqual(before);
        // The first context knows that the leases are lost. The second context never held them.
        const late = await ackAll(backend, lost);
        expect(late).toEqual(answers);
        const elsewhere = await ackAll(second, lost);
        expect(elsewhere).toEqual(answers);
      });
});

describe('the read that finds lost leases', () => {
  for (const count of [1, 100])
    test(`is one transaction without events for ${count} leases, with any backlog`, async () => {
      const { backend, lost } = await openLost(count);
      await backend.publishMany([...drafts('a', 300), ...drafts('b', 300)]);
      const waiting = await backend.dequeueMany('b', 300, 0);
      await Promise.all(waiting.map(({ eventId, lease }) => backend.nack(eventId, lease)));
      for (let time = 0; time < 2; time += 1) {
        const begun = await transactionsOf(() => ackAll(backend, lost));
        expect(begun.map(({ mode }) => mode)).toEqual(['read']);
        expect(begun.flatMap(({ stores }) => stores)).not.toContain('segments');
      }
    });

  test('comes after a failed write when the leases have not expired', async () => {
    const { backend, open } = await openStore();
    await publishBatch(backend, 100);
    const lost = await backend.dequeueMany('a', 100, 0);
    await ackAll(open().backend, lost);
    const begun = await transactionsOf(() => ackAll(backend, lost));
    expect(begun.map(({ mode }) => mode)).toEqual(['write', 'read']);
  });
});

test('an expired lease that no context took over is settled after one read of the claim', async () => {
  const { backend, runtime } = await openStore();
  await publishBatch(backend, 2);
  const held = await backend.dequeueMany('a', 2, 0, { leaseMs: LEASE_MS });
  await runtime.advance(LEASE_MS);
  for (const modes of [['read', 'write'], ['write']]) {
    const [event] = held.splice(0, 1);
    const begun = await transactionsOf(() => ack(backend, event as EventMessage));
    expect(begun.map(({ mode }) => mode)).toEqual(modes);
  }
});

test('lost leases of many claims are read together', async () => {
  const { backend, open, runtime } = await openStore();
  await backend.publishMany(drafts('a', 20));
  const lost: EventMessage[] = [];
  for (let each = 0; each < 20; each += 1)
    lost.push(...(await backend.dequeueMany('a', 1, 0, { leaseMs: LEASE_MS })));
  await runtime.advance(LEASE_MS);
  await open().backend.dequeueMany('a', 20, 0);
  const begun = await transactionsOf(() => ackAll(backend, lost));
  const reads = begun.filter(({ mode }) => mode === 'read');
  // Groups form while the writes fail one after the other, so their number varies.
  expect(reads.length).toBeLessThan(20);
  expect(begun.length).toBeLessThan(2 * 20);
});

describe('settled twice at once', () => {
  test('an acknowledged event is gone', async () => {
    const { backend } = await openStore();
    await backend.publishMany(drafts('a', 1));
    const [event] = (await backend.dequeueMany('a', 1, 0)) as [EventMessage];
    const answers = [ack(backend, event), ack(backend, event), backend.nack(event.eventId)];
    expect(await Promise.all(answers)).toEqual(['ok', 'gone', 'gone']);
  });

  test('a nacked event waits, and is no longer held', async () => {
    const { backend } = await openStore();
    await backend.publishMany(drafts('a', 1));
    const [event] = (await backend.dequeueMany('a', 1, 0)) as [EventMessage];
    const answers = [backend.nack(event.eventId), ack(backend, event)];
    expect(await Promise.all(answers)).toEqual(['ok', 'stale']);
    expect(await backend.stats('a')).toMatchObject({ ready: 1 });
  });
});

describe('an event that this context does not know', () => {
  test('is settled under the lease of the context that holds it, beside others of its claim', async () => {
    const { backend, open } = await openStore();
    await backend.publishMany([...drafts('a', 4), ...drafts('b', 1)]);
    const held = await backend.dequeueMany('a', 4, 0);
    const other = open().backend;
    const answers = held.slice(1, 3).map((event) => ack(other, event));
    expect(await Promise.all(answers)).toEqual(['ok', 'ok']);
    expect(await other.stats('a')).toMatchObject({ ready: 0, leased: 2 });
    expect(await ackAll(backend, held)).toEqual(['ok', 'gone', 'gone', 'ok']);
  });

  test('is found after the rows of its claim were deleted, in steps of few rows', async () => {
    const { backend, second, lost, taken, rows, runtime, open } = await openLost(3);
    await backend.publishMany(drafts('a', 700));
    // So many events wait that the search takes several steps.
    const many = await second.dequeueMany('a', 700, 0);
    await Promise.all(many.map(({ eventId, lease }) => second.nack(eventId, lease)));
    await ack(second, taken[0] as EventMessage);
    await second.nack(String(taken[1]?.eventId), taken[1]?.lease, { delayMs: LONG_MS });
    for (let minute = 0; minute < 3; minute += 1) {
      await runtime.advance(61_000);
      await second.publish('c', minute);
      await second.dequeueMany('a', 1, 0).then(([one]) => second.nack(String(one?.eventId)));
    }
    const epochs = (await rows('epochs')) as { queue: string; epoch: number }[];
    expect(epochs.some(({ queue, epoch }) => queue === 'a' && epoch === 1)).toBe(false);
    const stranger = open().backend;
    const asking = async () => {
      const answers = await ackAll(stranger, lost);
      expect(answers).toEqual(['gone', 'stale', 'stale']);
    };
    const begun = await transactionsOf(asking);
    expect(new Set(begun.map(({ mode }) => mode))).toEqual(new Set(['read']));
    expect(begun.length).toBeGreaterThan(9);
    expect(await stranger.ack('no-such-id', 1)).toBe('gone');
  });
});

describe('a shutdown', () => {
  test('reads once for all leases that may be lost', async () => {
    const { backend, second } = await openLost(100);
    const begun = await transactionsOf(() => backend.shutdown());
    expect(begun.map(({ mode }) => mode)).toEqual(['read']);
    expect(await second.stats('a')).toMatchObject({ ready: 0, leased: 100 });
  });

  test('releases the held events, and reads nothing for leases that are known to be lost', async () => {
    const { backend, second } = await openLost(100);
    await publishBatch(backend, 10);
    await backend.dequeueMany('a', 10, 0);
    const begun = await transactionsOf(() => backend.shutdown());
    expect(begun.map(({ mode }) => mode)).toEqual(['write']);
    expect(await second.stats('a')).toMatchObject({ ready: 10, leased: 100 });
  });
});
