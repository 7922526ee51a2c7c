import { expect, test } from 'vitest';
import { countRequests } from '../../../support/count-requests.ts';
import { type OpenStore, openStore } from '../open-store.ts';

async function rejectEach({ backend }: OpenStore, channel: string, payloads: readonly unknown[]) {
  await backend.publishMany(payloads.map((payload) => ({ channel, payload })));
  for (const { eventId, lease } of await backend.dequeueMany(channel, payloads.length, 0))
    await backend.reject(eventId, lease);
}

async function payloadsOf(db: OpenStore, limit: number, after?: string): Promise<unknown[]> {
  const letters = (await db.backend.deadLetters?.('a', limit, after)) ?? [];
  return letters.map(({ payload }) => payload);
}

test('a page of dead letters is full although rows of another program lie among them', async () => {
  const db = await openStore();
  await db.write('dead', { v: 1, queue: 'a', letter: 'junk' }, { v: 1, queue: 'a', letter: 5 });
  await rejectEach(db, 'a', [1, 2, 3]);
  expect(await payloadsOf(db, 2)).toEqual([1, 2]);
  expect(await payloadsOf(db, 3)).toEqual([1, 2, 3]);
});

test('dead letters of other channels are in no page, also not of one whose name is greater', async () => {
  const db = await openStore();
  await rejectEach(db, 'A', ['other']);
  await rejectEach(db, 'a', [1, 2]);
  await rejectEach(db, 'ab', ['other']);
  expect(await payloadsOf(db, 10)).toEqual([1, 2]);
});

test('the next page begins after the letter that its cursor names, and a full page reads once', async () => {
  const db = await openStore();
  await rejectEach(db, 'a', [1, 2, 3, 4]);
  const [, second] = (await db.backend.deadLetters?.('a', 2)) ?? [];
  const counted = countRequests();
  expect(await payloadsOf(db, 2, second?.cursor)).toEqual([3, 4]);
  counted.stop();
  expect(counted.requests.filter((request) => request.startsWith('getAll'))).toHaveLength(1);
});

test('quarantined rows of other programs are left out of the page, and the columns are those that are documented', async () => {
  const db = await openStore();
  await db.write('aside', { v: 1, queue: 'a', at: 'never', store: 'late', reason: 'malformed' });
  const row = { queue: 'a', at: 7, store: 'late', key: 'x', reason: 'malformed', row: { id: 'x' } };
  await db.write('aside', { v: 1, ...row, version: 3, from: 2 }, { v: 1, ...row, key: 'y' });
  const { queue: channel, ...shown } = row;
  expect(await db.store.quarantined('a', 1)).toEqual([{ ...shown, channel }]);
  expect(await db.store.quarantined('a', 5)).toEqual([
    { ...shown, channel },
    { ...shown, channel, key: 'y' },
  ]);
});
