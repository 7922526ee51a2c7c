// Covers src/queue/run-letters.ts
import { expect, test } from 'vitest';
import { drain, type OpenStore, openStore } from '../open-store.ts';

async function rejectEach({ backend }: OpenStore, ...payloads: readonly unknown[]): Promise<void> {
  await backend.publishMany(payloads.map((payload) => ({ channel: 'a', payload })));
  for (const { eventId, lease } of await backend.dequeueMany('a', payloads.length, 0))
    await backend.reject(eventId, lease);
}

test('redrive: letters that another context took after the read are not put back twice', async () => {
  const db = await openStore();
  await rejectEach(db, 1, 2, 3);
  const other = db.open();
  const decide = db.connection.decide.bind(db.connection);
  const drained: unknown[] = [];
  let decisions = 0;
  db.connection.decide = async (...given) => {
    decisions += 1;
    if (decisions === 1) {
      expect(await other.backend.redrive('a', { limit: 2 })).toBe(2);
      drained.push(...(await drain(other, 'a')));
    }
    return decide(...given);
  };
  expect(await db.backend.redrive('a')).toBe(1);
  expect(decisions).toBe(2);
  expect([drained, await drain(db, 'a')]).toEqual([[1, 2], [3]]);
});

test('purge: a letter that another context redrove after the read is not counted', async () => {
  const db = await openStore();
  await rejectEach(db, 1, 2);
  const other = db.open();
  const decide = db.connection.decide.bind(db.connection);
  let isFirst = true;
  db.connection.decide = async (...given) => {
    if (isFirst) await other.backend.redrive('a', { limit: 1 });
    isFirst = false;
    return decide(...given);
  };
  expect(await db.backend.purge('a')).toBe(1);
  expect(await drain(db, 'a')).toEqual([1]);
});

test('redrive: a filter is asked about each letter once, also where the step is tried again', async () => {
  const db = await openStore();
  await rejectEach(db, 1, 2, 3);
  const decide = db.connection.decide.bind(db.connection);
  let losses = 0;
  db.connection.decide = async (...given) => {
    losses += 1;
    return losses > 3 && decide(...given);
  };
  const asked: unknown[] = [];
  const filter = ({ payload }: { payload: unknown }) => {
    asked.push(payload);
    return payload !== 2;
  };
  expect(await db.backend.redrive('a', { filter })).toBe(2);
  expect(asked).toEqual([1, 2, 3]);
});

test('redrive: rows that cannot be used stay, and large letters go in several segments', async () => {
  const db = await openStore();
  const large = 'x'.repeat(200_000);
  await rejectEach(db, large, `${large}2`, 3);
  await db.write('dead', { v: 1, n: 900, queue: 'a', letter: 'junk' });
  await db.write('dead', { v: 9, n: 901, queue: 'a' });
  expect(await db.backend.redrive('a')).toBe(3);
  expect(await drain(db, 'a')).toEqual([large, `${large}2`, 3]);
  expect((await db.rows('dead')).length).toBe(2);
});

test('redrive: reports each step, and a segment of plain events has no column for it', async () => {
  const db = await openStore();
  await rejectEach(db, 1, 2);
  await db.backend.publish('a', 3);
  await db.backend.redrive('a');
  expect(db.observer.of('redriven')).toEqual([{ type: 'redriven', channel: 'a', count: 2 }]);
  const segments = (await db.rows('segments')) as readonly {
    ids: string[];
    redriven?: unknown[];
  }[];
  const columns = segments.map(({ ids, redriven }) => [ids.length, redriven?.length]);
  expect(columns.slice(-2)).toEqual([
    [1, undefined],
    [2, 2],
  ]);
});

test('redrive: a context that delivered the event before settles its new delivery, which lies elsewhere', async () => {
  const db = await openStore();
  await db.backend.publish('a', 1);
  const [first] = await db.backend.dequeueMany('a', 1, 0);
  if (!first) throw new Error('nothing was delivered');
  const { eventId, lease } = first;
  const other = db.open();
  expect(await other.backend.reject(eventId, lease)).toBe('ok');
  expect(await other.backend.redrive('a')).toBe(1);
  const [again] = await other.backend.dequeueMany('a', 1, 0);
  expect(await db.backend.ack(eventId, again?.lease)).toBe('ok');
});
