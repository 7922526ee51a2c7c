import { expect, test } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';

test('a key that is free again lets its next event go, however many other keys wait', async () => {
  const { open } = openDatabase();
  const backend = open();
  const waiting = Array.from({ length: 80 }, (_, index) => ({
    ...{ channel: 'a', payload: index },
    options: { key: `k${index}`, delayMs: 3_600_000 },
  }));
  await backend.publishMany(waiting);
  // The last key of all: the first rows that a claim reads do not reach it.
  const later = ['first', 'second'].map((payload) => ({
    ...{ channel: 'a', payload },
    options: { key: 'z' },
  }));
  await backend.publishMany(later);
  const first = await backend.dequeue('a', 0);
  expect(first).toMatchObject({ payload: 'first' });
  expect(await backend.dequeue('a', 0)).toBeNull();
  await backend.ack(String(first?.eventId), first?.lease);
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 'second' });
});
