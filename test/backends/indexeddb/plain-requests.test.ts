// Covers src/backends/indexeddb/indexeddb-store.ts
import { expect, test } from 'vitest';
import { countRequests } from '../../support/count-requests.ts';
import { openDatabase } from './open-indexeddb.ts';

/** The requests of one scan. */
const SCAN = [
  'getAll epochs',
  'getAll endings',
  'getAll claims',
  'getAll returned',
  'getAll returned',
  'getAll since',
  'getAll fresh',
];

test('plain events pay for no option that they do not use', async () => {
  const backend = openDatabase().open();
  await backend.publish('a', 0);
  await backend.ack((await backend.dequeue('a', 0))?.eventId ?? '');
  expect(await backend.dequeue('a', 0)).toBeNull();
  const { requests } = countRequests();
  const requestsOf = async (act: () => Promise<unknown>) => {
    requests.length = 0;
    await act();
    return [...requests];
  };
  let eventIds: string[] = [];
  const publish = () => backend.publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const claim = async () => {
    const messages = await backend.dequeueMany('a', 2, 0);
    eventIds = messages.map(({ eventId }) => eventId);
    expect(eventIds.length).toBe(2);
  };
  expect(await requestsOf(publish)).toEqual(['add segments']);
  expect(await requestsOf(claim)).toEqual(['add epochs']);
  expect(await requestsOf(() => Promise.all(eventIds.map((id) => backend.ack(id))))).toEqual([
    'add endings',
  ]);
});

test('plain events pay nothing for keys that the channel has used, and that hold back others', async () => {
  const backend = openDatabase().open();
  for (const key of ['a', 'a', 'b']) await backend.publish('a', key, null, { key });
  const first = await backend.dequeueMany('a', 3, 0);
  expect(first.map(({ payload }) => payload)).toEqual(['a', 'b']);
  for (const payload of [1, 2, 3, 4]) await backend.publish('a', payload);
  expect((await backend.dequeue('a', 0))?.payload).toBe(1);
  const { requests } = countRequests();
  await backend.publish('a', 5);
  const second = await backend.dequeue('a', 0);
  await backend.ack(second?.eventId ?? '');
  expect(requests).toEqual(['add segments', 'add epochs', 'add endings']);
});

test('a plain claim that scans makes one request for each part of the queue', async () => {
  const { open } = openDatabase();
  await open().publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const consumer = open();
  expect(await consumer.dequeue('b', 0)).toBeNull();
  const { requests } = countRequests();
  expect((await consumer.dequeueMany('a', 2, 0)).length).toBe(2);
  expect(requests).toEqual(['openCursor epochs', ...SCAN, 'add epochs']);
});
