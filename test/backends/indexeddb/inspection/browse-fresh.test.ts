import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { drafts, openDatabase } from '../open-indexeddb.ts';

test('an event that was never delivered has no attempt', async () => {
  const { open } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  const { events } = await browse(backend, 'a', { state: 'ready', payload: true });
  expect(events).toMatchObject([{ payload: 1, attempts: 0, lastError: null }]);
});

test('what was claimed from a segment, or cancelled, is not ready, and the rest of it is', async () => {
  const { open } = openDatabase();
  const backend = open();
  const ids = await backend.publishMany(drafts('a', 6));
  await backend.publishMany(drafts('b', 2));
  await backend.dequeueMany('a', 2, 0);
  expect(await backend.cancel?.('a', String(ids[4]))).toBe('ok');
  await backend.publish('a', 'last');
  const { events } = await browse(backend, 'a', { state: 'ready', payload: true });
  expect(events.map(({ payload }) => payload)).toEqual([2, 3, 5, 'last']);
  expect(await backend.stats('a')).toMatchObject({ ready: 4, leased: 2 });
});

test('segments that were published after the first page are on no later one', async () => {
  const { open } = openDatabase();
  const backend = open();
  for (const payload of [1, 2]) await backend.publish('a', payload);
  const first = await browse(backend, 'a', { state: 'ready', limit: 1, payload: true });
  await backend.publish('a', 3);
  const rest = await browse(backend, 'a', {
    ...{ state: 'ready', limit: 9, payload: true, after: first.after },
  });
  expect(rest.events.map(({ payload }) => payload)).toEqual([2]);
});
