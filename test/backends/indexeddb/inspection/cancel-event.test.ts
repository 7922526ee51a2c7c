// Covers src/backends/indexeddb/inspection/cancel-event.ts, src/backends/indexeddb/scanning/cancelled-events.ts, src/backends/indexeddb/inspection/seen-places.ts
import { expect, test } from 'vitest';
import { transactionsOf } from '../../../support/count-transactions.ts';
import { settled } from '../open-indexeddb.ts';
import { drain, type OpenStore, openStore } from '../open-store.ts';

async function publishBatch(
  { backend }: Pick<OpenStore, 'backend'>,
  count: number,
): Promise<string[]> {
  return backend.publishMany(
    Array.from({ length: count }, (_, payload) => ({ channel: 'a', payload })),
  );
}

/** Runs `act` between the read and the decision of the next call. */
function beforeDecision({ connection }: OpenStore, act: () => Promise<unknown>): void {
  const decide = connection.decide.bind(connection);
  let isFirst = true;
  connection.decide = async (...given) => {
    if (isFirst) {
      isFirst = false;
      await act();
    }
    return decide(...given);
  };
}

test('cancel: an event that another context claims after the search is leased', async () => {
  const db = await openStore();
  const [eventId = ''] = await publishBatch(db, 1);
  const other = db.open();
  const claimed: unknown[] = [];
  beforeDecision(db, async () => claimed.push(await other.backend.dequeue('a', 0)));
  expect(await db.backend.cancel('a', eventId)).toBe('stale');
  expect(claimed).toMatchObject([{ eventId }]);
});

test('cancel: an event that another context has cancelled meanwhile is gone, and is cancelled once', async () => {
  const db = await openStore();
  const [, eventId = ''] = await publishBatch(db, 3);
  const other = db.open();
  beforeDecision(db, async () => expect(await other.backend.cancel('a', eventId)).toBe('ok'));
  expect(await db.backend.cancel('a', eventId)).toBe('gone');
  expect(db.observer.of('cancelled')).toEqual([]);
  expect(other.observer.of('cancelled')).toEqual([{ type: 'cancelled', channel: 'a', eventId }]);
  expect(await drain(db, 'a')).toEqual([0, 2]);
});

test('cancel: a claim on a cache of before fails, and leaves the event out', async () => {
  const db = await openStore();
  const ids = await publishBatch(db, 5);
  const other = db.open();
  expect((await db.backend.dequeue('a', 0))?.payload).toBe(0);
  for (const index of [1, 2, 4])
    expect(await other.backend.cancel('a', String(ids[index]))).toBe('ok');
  expect(await drain(db, 'a')).toEqual([3]);
});

test('cancel: an event that was claimed and returned during the search is found', async () => {
  const db = await openStore();
  const [eventId = ''] = await publishBatch(db, 1);
  const other = db.open();
  const read = db.connection.read.bind(db.connection);
  let reads = 0;
  db.connection.read = async (stores, request) => {
    reads += 1;
    const answer = await read(stores, request);
    // The waiting events were read. The segments are read next.
    if (reads === 3 && stores[0] === 'returned') {
      const message = await other.backend.dequeue('a', 0);
      await other.backend.nack(eventId, message?.lease);
    }
    return answer;
  };
  expect(await db.backend.cancel('a', eventId)).toBe('ok');
  expect(await drain(other, 'a')).toEqual([]);
});

test('cancel: leaves no row behind', async () => {
  const db = await openStore();
  const ids = await publishBatch(db, 6);
  for (const index of [0, 2, 5]) await db.backend.cancel('a', String(ids[index]));
  expect((await db.rows('cancelled')).length).toBe(3);
  expect(await db.backend.stats('a')).toMatchObject({ ready: 3 });
  const late = await db.backend.publish('a', 'late', null, { delayMs: 5 });
  expect(await db.backend.cancel('a', late)).toBe('ok');
  expect(await drain(db, 'a')).toEqual([1, 3, 4]);
  for (const store of ['cancelled', 'late', 'returned']) expect(await db.rows(store)).toEqual([]);
  await db.tidied();
  expect(await db.rows('segments')).toEqual([]);
});

test('cancel: an event that was published again under the id of a cancelled one', async () => {
  const db = await openStore();
  const once = { id: 'x', dedupeWindowMs: 0 };
  await db.backend.publish('a', 1, null, once);
  expect(await db.backend.cancel('a', 'x')).toBe('ok');
  await db.backend.publish('a', 2, null, once);
  expect(await db.backend.cancel('a', 'x')).toBe('ok');
  expect(await db.backend.cancel('a', 'x')).toBe('gone');
  expect(await drain(db, 'a')).toEqual([]);
});

test('cancel: a plain queue is claimed without a read of cancelled events', async () => {
  const db = await openStore();
  await publishBatch(db, 3);
  const begun = await transactionsOf(() => drain(db, 'a'));
  expect(begun.flatMap(({ stores }) => stores)).not.toContain('cancelled');
});

test('cancel: among more waiting and fresh rows than one step reads', async () => {
  const db = await openStore();
  const ids: string[] = [];
  for (let count = 0; count < 40; count += 1) ids.push(await db.backend.publish('a', count));
  const last = String(ids.at(-1));
  expect(await db.backend.cancel('a', last)).toBe('ok');
  const messages = await db.backend.dequeueMany('a', 39, 0);
  for (const { eventId, lease } of messages) await db.backend.nack(eventId, lease);
  for (const eventId of ids.slice(0, -1)) expect(await db.backend.cancel('a', eventId)).toBe('ok');
  expect(await drain(db, 'a')).toEqual([]);
});

test('cancel: after the search the database is deleted, and another event lies at the place in the next one', async () => {
  const db = await openStore();
  const eventId = await db.backend.publish('a', 'old');
  const claimer = db.store.claimers.use('a');
  const decide = claimer.decide.bind(claimer);
  claimer.decide = async (...given) => {
    await settled(indexedDB.deleteDatabase(db.database));
    await db.backend.publish('a', 'new');
    return decide(...given);
  };
  expect(await db.backend.cancel('a', eventId)).toBe('gone');
  expect(await drain(db, 'a')).toEqual(['new']);
});

test.each(['first', 'last'])(
  'cancel: many cancels, the %s one first, read in proportion to their number',
  async (end) => {
    const readsPerCancel = async (count: number) => {
      const db = await openStore();
      const ids: string[] = [];
      for (let n = 0; n < count; n += 1) ids.push(await db.backend.publish('a', n));
      const delayed = await db.backend.publishMany(
        ids.map((_, n) => ({ channel: 'a', payload: n, options: { delayMs: 60_000 } })),
      );
      const all = end === 'first' ? [...ids, ...delayed] : [...ids, ...delayed].toReversed();
      let rows = 0;
      const read = db.connection.read.bind(db.connection);
      db.connection.read = async (stores, request) => {
        if (['segments', 'returned'].includes(String(stores[0])) && stores.length === 1) rows += 1;
        return read(stores, request);
      };
      for (const eventId of all) expect(await db.backend.cancel('a', eventId)).toBe('ok');
      expect(await db.backend.stats('a')).toMatchObject({ ready: 0, scheduled: 0 });
      return rows / all.length;
    };
    // Each page of a search has 32 segments or 256 rows. Without places that are remembered each cancel reads them all.
    const few = await readsPerCancel(100);
    expect(await readsPerCancel(400)).toBeLessThan(few + 0.5);
  },
);

test('cancel: an event whose place is remembered and that was claimed meanwhile is stale, and found again when it is returned', async () => {
  const db = await openStore();
  const [first = '', second = '', third = ''] = await publishBatch(db, 3);
  const other = db.open();
  expect(await db.backend.cancel('a', third)).toBe('ok');
  const message = await other.backend.dequeue('a', 0);
  expect(message?.eventId).toBe(first);
  expect(await db.backend.cancel('a', first)).toBe('stale');
  await other.backend.nack(first, message?.lease);
  expect(await db.backend.cancel('a', first)).toBe('ok');
  expect(await drain(db, 'a')).toEqual([1]);
  expect(await db.backend.cancel('a', second)).toBe('gone');
});

test('cancel: a returned event that another context claims while the search runs is stale', async () => {
  const db = await openStore();
  const [eventId = ''] = await publishBatch(db, 1);
  const first = await db.backend.dequeue('a', 0);
  await db.backend.nack(eventId, first?.lease);
  const other = db.open();
  const read = db.connection.read.bind(db.connection);
  const claimed: unknown[] = [];
  db.connection.read = async (stores, request) => {
    // The claims were read. The waiting events are read next, and then no row has the event.
    if (claimed.length === 0 && stores.length === 1 && stores[0] === 'returned')
      claimed.push((await other.backend.dequeue('a', 0))?.eventId);
    return read(stores, request);
  };
  expect(await db.backend.cancel('a', eventId)).toBe('stale');
  expect(claimed).toEqual([eventId]);
});

test('cancel: the last events first, and a claim that has passed the first of them leaves out the others', async () => {
  const db = await openStore();
  const ids: string[] = [];
  for (const payload of [0, 1, 2, 3]) ids.push(await db.backend.publish('a', payload));
  for (const index of [3, 1]) expect(await db.backend.cancel('a', String(ids[index]))).toBe('ok');
  const other = db.open();
  const taken: unknown[] = [];
  for (let count = 0; count < 4; count += 1)
    taken.push((await other.backend.dequeue('a', 0))?.payload);
  expect(taken).toEqual([0, 2, undefined, undefined]);
});

test('cancel: an event of another channel is not found, however far the search reads', async () => {
  const db = await openStore();
  for (let payload = 0; payload < 33; payload += 1) await db.backend.publish('a', payload);
  const other = await db.backend.publish('b', 'other');
  const later = await db.backend.publish('b', 'later', null, { delayMs: 5 });
  for (const eventId of [other, later]) expect(await db.backend.cancel('a', eventId)).toBe('gone');
  await db.runtime.advance(5);
  expect(await drain(db, 'b')).toEqual(['other', 'later']);
});
