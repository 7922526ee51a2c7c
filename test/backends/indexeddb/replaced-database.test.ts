// Covers src/backends/indexeddb/publishing/fresh-keys.ts, src/backends/indexeddb/hints/idle-scans.ts, src/backends/indexeddb/cleanup/housekeeping.ts
import { expect, test } from 'vitest';
import { IdleScans } from '../../../src/backends/indexeddb/hints/idle-scans.ts';
import { CLAIM_STORES } from '../../../src/backends/indexeddb/scanning/claim-table.ts';
import { ignore } from '../../../src/core/runtime/ignore.ts';
import type { FullBackend } from './open-indexeddb.ts';
import { drain, openStore } from './open-store.ts';
import { replaceAfterRead } from './replace-after-read.ts';

/** The database of a context is deleted while it reads. In the next one other rows have the keys that it has read. */

async function bury(
  backend: Pick<FullBackend, 'publishMany' | 'dequeueMany' | 'reject'>,
  ...payloads: readonly string[]
): Promise<void> {
  await backend.publishMany(payloads.map((payload) => ({ channel: 'a', payload })));
  const messages = await backend.dequeueMany('a', payloads.length, 0);
  await Promise.all(messages.map(({ eventId, lease }) => backend.reject(eventId, lease)));
}

test('replaces: an event at the place of one that would have been replaced stays', async () => {
  const { backend, connection, ...db } = await openStore();
  const next = db.open();
  await backend.publish('a', 'first', null, { key: 'k' });
  const isReplaced = replaceAfterRead({ ...db, connection }, ['segments'], async () => {
    await next.backend.publish('a', 'next', null, { key: 'l' });
    await connection.stamp();
  });
  await backend.publish('a', 'draft', null, { key: 'k', replaces: 'waiting' });
  expect(isReplaced()).toBe(true);
  expect((await drain(next, 'a')).sort()).toEqual(['draft', 'next']);
});

test('maxDeadLetters: a dead letter with the key of one that would have been dropped stays', async () => {
  const { database, open } = await openStore();
  const [capped, next] = [open(1), open()];
  const { backend, connection, observer, store } = capped;
  const isReplaced = replaceAfterRead({ database, connection }, ['dead'], () =>
    bury(next.backend, 'next'),
  );
  await bury(backend, 'first', 'second');
  await store.housekeeping.settled();
  expect(isReplaced()).toBe(true);
  expect(await next.backend.deadLetters('a', 2)).toMatchObject([{ payload: 'next' }]);
  expect(observer.of('dead-letters-dropped')).toEqual([]);
});

test('retentionMs: the result of an event with the id of one whose retention is over stays', async () => {
  const { backend, open, rows, runtime, store, ...db } = await openStore();
  const next = open();
  const kept = { id: 'same', retentionMs: 30_000 };
  await backend.publish('a', 'first', null, kept);
  await backend.ack('same', (await backend.dequeue('a', 0))?.lease);
  const isReplaced = replaceAfterRead(db, ['results'], () =>
    next.backend.publish('a', 'next', null, kept),
  );
  await runtime.advance(60_000);
  await store.housekeeping.settled();
  expect(isReplaced()).toBe(true);
  expect(await rows('results')).toHaveLength(1);
});

test('a scan of the database that was replaced meanwhile hides no event of the next one', async () => {
  const { backend, connection, open, runtime, ...db } = await openStore();
  const next = open();
  const news: string[] = [];
  const onNews = (queue: string) => news.push(queue);
  const scans = new IdleScans({ connection, clock: runtime, onNews, onScanned: ignore });
  const enter = async () => {
    await scans.duringScan('a', () => Promise.resolve());
    scans.noteIdle('a', 0, null, runtime.now());
  };
  for (let payload = 0; payload < 20; payload += 1) await backend.publish('b', payload);
  await enter();
  const stores = ['segments', 'returned', 'late'];
  const isReplaced = replaceAfterRead({ ...db, connection }, stores, async () => {
    await connection.stamp();
    scans.clear();
  });
  await scans.scan();
  expect(isReplaced()).toBe(true);
  await enter();
  await next.backend.publish('a', 1);
  await scans.scan();
  expect(news).toEqual(['a']);
});

test('a clean-up that has found more segments before leaves none of the next database behind', async () => {
  const { backend, connection, rows, runtime, store, write, ...db } = await openStore();
  const marks = { spentEpoch: 0, spentAt: runtime.now(), clearedEpoch: 0, sparedSeq: 0 };
  const epoch = { v: 1, queue: 'a', epoch: 1, ...marks };
  await write('epochs', { ...epoch, cursor: { seq: 99, at: 0 } });
  const stores = [...CLAIM_STORES, 'segments', 'returned'];
  const isReplaced = replaceAfterRead({ ...db, connection }, stores, async () => {
    await connection.stamp();
    store.claimers.use('a');
    const spent = { v: 1, queue: 'a', ids: ['x'], payloads: [0], createdAt: [0], bytes: 8 };
    await write('segments', spent);
    await write('epochs', { ...epoch, cursor: { seq: 2, at: 0 } });
  });
  for (const _ of ['of the first database', 'of the next one']) {
    expect(await backend.dequeue('a', 0)).toBeNull();
    await runtime.advance(250);
    await store.housekeeping.settled();
  }
  expect(isReplaced()).toBe(true);
  expect(await rows('segments')).toEqual([]);
});
