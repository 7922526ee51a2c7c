import { expect, test } from 'vitest';
import { scanQueue } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import { openStore } from '../open-store.ts';

/** Two events of which the second waits for the first, and what a scan finds of them after the first was acknowledged. */
async function scanAfterEnd(bond: { key?: string }, second: { key?: string; after?: string }) {
  const { backend, connection } = await openStore();
  await backend.publish('a', 1, null, { id: 'first', ...bond, retentionMs: 60_000 });
  await backend.publish('a', 2, null, second);
  const taken = await backend.dequeueMany('a', 2, 0);
  expect(taken.map(({ payload }) => payload)).toEqual([1]);
  await backend.ack('first', taken[0]?.lease);
  return scanQueue(connection, 'a', { last: undefined, maxSegments: 10 });
}

// A claim lets go what a snapshot lists, and looks again soon, which costs requests.
test('a snapshot in which an event has freed its key lists no event that others wait for', async () => {
  const snapshot = await scanAfterEnd({ key: 'k' }, { key: 'k' });
  expect(snapshot.freed).toMatchObject([{ freed: ['k'] }]);
  expect(snapshot).not.toHaveProperty('ended');
});

test('a snapshot in which an event has ended that others wait for lists no key that was freed', async () => {
  const snapshot = await scanAfterEnd({}, { after: 'first' });
  expect(snapshot.ended).toMatchObject([{ ended: ['first'] }]);
  expect(snapshot).not.toHaveProperty('freed');
});
