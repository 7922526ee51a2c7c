// Covers src/backends/indexeddb/database/transactions.ts, src/backends/indexeddb/database/connection.ts
import { expect, test } from 'vitest';
import type { Write } from '../../../../src/backends/indexeddb/database/transactions.ts';
import { openStore } from '../open-store.ts';

const GUARD: Write = ['add', 'endings', { v: 1, queue: 'a', epoch: 1, generation: 1 }];

test('decide: a decision whose guard row exists writes and deletes no other row', async () => {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1);
  const read = async () => {
    const found = await connection.read(['late', 'endings'], (tx) => ({
      late: tx.objectStore('late').getAllKeys(),
      endings: tx.objectStore('endings').getAllKeys(),
    }));
    return [found.late.result, found.endings.result];
  };
  const stamp = await connection.stamp();
  expect(await connection.decide(stamp, [['put', 'late', { id: 'first' }], GUARD])).toBe(true);
  const stored = [['first'], [['a', 1, 1]]];
  expect(await read()).toEqual(stored);
  const writes: Write[] = [['put', 'late', { id: 'second' }], ['delete', 'late', 'first'], GUARD];
  expect(await connection.decide(stamp, writes)).toBe(false);
  expect(await read()).toEqual(stored);
});
