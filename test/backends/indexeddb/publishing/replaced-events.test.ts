// Covers src/backends/indexeddb/publishing/replaced-keys.ts, src/backends/indexeddb/publishing/fresh-keys.ts, src/backends/indexeddb/publishing/split-commit.ts, src/backends/indexeddb/publishing/write-options.ts
import { expect, test, vi } from 'vitest';
import { PAYLOAD_ROWS } from '../../../../src/backends/indexeddb/scanning/load-events.ts';
import { countRequests } from '../../../support/count-requests.ts';
import { type Context, drain, type OpenStore, openStore } from '../open-store.ts';

const DRAFT = { key: 'k', replaces: 'waiting' } as const;

function publish({ backend }: Context, payload: unknown, options: object = DRAFT): Promise<string> {
  return backend.publish('a', payload, null, options);
}

/** Runs `act` between the reads and the commit of the next publish. */
function beforeCommit({ connection }: OpenStore, act: () => Promise<unknown>): void {
  const append = connection.append.bind(connection);
  let isFirst = true;
  connection.append = async (...given) => {
    if (isFirst) {
      isFirst = false;
      await act();
    }
    return append(...given);
  };
}

for (const [place, options] of [
  ['a segment', { key: 'k' }],
  ['a row of its own', DRAFT],
] as const)
  test(`replace: an event in ${place} that another context claims meanwhile is not touched`, async () => {
    const db = await openStore();
    await publish(db, 'old', options);
    const other = db.open();
    let leased: Awaited<ReturnType<typeof other.backend.dequeue>> = null;
    beforeCommit(db, async () => {
      leased = await other.backend.dequeue('a', 0);
    });
    await publish(db, 'new');
    expect(leased).toMatchObject({ payload: 'old' });
    expect(db.observer.of('replaced')).toEqual([]);
    expect(await db.backend.dequeue('a', 0)).toBeNull();
    const { eventId, lease } = leased as unknown as { eventId: string; lease: number };
    expect(await other.backend.ack(eventId, lease)).toBe('ok');
    expect(await drain(db, 'a')).toEqual(['new']);
  });

test('replace: of two contexts that replace the same event at once, the later one replaces the other', async () => {
  const db = await openStore();
  const first = await publish(db, 1);
  const other = db.open();
  let second = '';
  beforeCommit(db, async () => {
    second = await publish(other, 2);
  });
  await publish(db, 3);
  expect(other.observer.of('replaced')).toMatchObject([{ eventId: first }]);
  expect(db.observer.of('replaced')).toMatchObject([{ eventId: second }]);
  expect(await drain(db, 'a')).toEqual([3]);
});

test('replace: an event of the key that another context stores meanwhile comes after the new one', async () => {
  const db = await openStore();
  await publish(db, 1);
  const other = db.open();
  beforeCommit(db, () => publish(other, 3, { key: 'k' }));
  await publish(db, 2);
  expect(await drain(db, 'a')).toEqual([2, 3]);
});

test('replace: a claim on a cache of before fails, and leaves the event out', async () => {
  const db = await openStore();
  const other = db.open();
  await db.backend.publishMany(
    [0, 1, 2].map((payload) => ({ channel: 'a', payload, options: { key: `k${payload}` } })),
  );
  expect((await db.backend.dequeue('a', 0))?.payload).toBe(0);
  await publish(other, 'new', { key: 'k1', replaces: 'waiting' });
  expect(await drain(db, 'a')).toEqual([2, 'new']);
});

test('replace: within one batch the last of a key is stored, in order with later ones', async () => {
  const db = await openStore();
  const drafts = [
    { payload: 'a1', options: { key: 'a' } },
    { payload: 'a2', options: { key: 'a', replaces: 'waiting' as const } },
    { payload: 'b1', options: { key: 'b' } },
    { payload: 'a3', options: { key: 'a' } },
    { payload: 'plain' },
  ];
  const [a1] = await db.backend.publishMany(drafts.map((draft) => ({ channel: 'a', ...draft })));
  expect(db.observer.of('replaced')).toMatchObject([{ eventId: a1 }]);
  const payloads = await drain(db, 'a');
  expect(payloads.filter((payload) => String(payload).startsWith('a'))).toEqual(['a2', 'a3']);
  expect(payloads.toSorted()).toEqual(['a2', 'a3', 'b1', 'plain']);
});

test('replace: a delayed event of a key holds back a later one of its batch', async () => {
  const db = await openStore();
  await db.backend.publishMany([
    { channel: 'a', payload: 1, options: { key: 'k', delayMs: 1_000 } },
    { channel: 'a', payload: 2, options: { key: 'k' } },
  ]);
  expect(await db.backend.dequeue('a', 0)).toBeNull();
  await db.runtime.advance(1_000);
  expect(await drain(db, 'a')).toEqual([1, 2]);
});

test('replace: an id that is remembered replaces nothing', async () => {
  const db = await openStore();
  const other = db.open();
  await publish(db, 'first', { ...DRAFT, id: 'one' });
  expect(await drain(db, 'a')).toEqual(['first']);
  await publish(db, 'waits');
  expect(await publish(other, 'again', { ...DRAFT, id: 'one' })).toBe('one');
  expect(other.observer.of('replaced')).toEqual([]);
  await publish(other, 'newer', { ...DRAFT, id: 'two' });
  expect(await drain(db, 'a')).toEqual(['newer']);
});

test('replace: a batch replaces in several channels at once, or in none', async () => {
  const db = await openStore();
  const other = db.open();
  const drafts = (payload: string) =>
    ['b', 'a'].map((channel) => ({ channel, payload, options: DRAFT }));
  await db.backend.publishMany(drafts('old'));
  beforeCommit(db, () => other.backend.publish('a', 'between', null, DRAFT));
  await db.backend.publishMany(drafts('new'));
  expect([await drain(db, 'a'), await drain(db, 'b')]).toEqual([['new'], ['new']]);
  expect(db.observer.of('replaced').map(({ channel }) => channel)).toEqual(['a', 'b']);
});

test('replace: frees a retry that an older event of its key held back', async () => {
  const db = await openStore();
  await publish(db, 'retry', { key: 'k' });
  const retry = await db.backend.dequeue('a', 0);
  // A context with an older count of positions has published it before the retry.
  await publish(db, 'older', { key: 'k', delayMs: 9_000 });
  const [older] = (await db.rows('returned')) as { at: string }[];
  const [payload] = (await db.rows('late')) as object[];
  await db.remove('returned', Object.values(older ?? {}).length > 0 ? keyOf(older) : []);
  await db.write('returned', { ...older, seq: 0.5 });
  await db.write('late', { ...payload, seq: 0.5 });
  await db.backend.nack(String(retry?.eventId), retry?.lease);
  expect(await db.backend.dequeue('a', 0)).toBeNull();
  await publish(db, 'new');
  expect(await drain(db, 'a')).toEqual(['retry', 'new']);
});

test('replace: costs the same requests behind any backlog that was read before', async () => {
  const db = await openStore();
  await db.backend.publishMany(
    Array.from({ length: 3_000 }, (_, payload) => ({ channel: 'a', payload })),
  );
  await publish(db, 0);
  await publish(db, 1);
  const { requests } = countRequests();
  await publish(db, 2);
  expect(requests.length).toBeLessThan(25);
  // For the groups of the channel, and twice for new segments.
  expect(requests.filter((request) => request === 'getAll fresh')).toHaveLength(3);
});

test('replace: leaves no row behind', async () => {
  const db = await openStore();
  for (const options of [{ key: 'k' }, { key: 'k' }, DRAFT, DRAFT]) await publish(db, 1, options);
  expect(await drain(db, 'a')).toEqual([1]);
  expect(await db.backend.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
  const left = await Promise.all(
    ['returned', 'late', 'cancelled', 'claims'].map((store) => db.rows(store)),
  );
  expect(left).toEqual([[], [], [], []]);
});

function keyOf(row: unknown): IDBValidKey {
  const { queue, dueAt, seq, at } = row as Record<string, string | number>;
  return [queue, dueAt, seq, at] as IDBValidKey;
}

test('replace: a backlog that takes longer to read than a read may be old makes no commit in vain', async () => {
  const db = await openStore();
  const other = db.open();
  for (let count = 0; count < 2 * PAYLOAD_ROWS; count += 1)
    await publish(other, count, { key: `other ${count}` });
  await publish(other, 'old', { key: 'k' });
  const { connection } = db;
  const read = connection.read.bind(connection);
  connection.read = async (stores, request) => {
    const found = await read(stores, request);
    if (stores.length === 1 && stores[0] === 'segments') await db.runtime.advance(6_000);
    return found;
  };
  const append = vi.spyOn(connection, 'append');
  await publish(db, 'new');
  expect(db.observer.of('replaced')).toHaveLength(1);
  expect(append).toHaveBeenCalledOnce();
});
