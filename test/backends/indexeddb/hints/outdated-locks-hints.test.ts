// Covers src/backends/indexeddb/hints/hint-notifier.ts
import { expect, test } from 'vitest';
import { openDatabase, settled } from '../open-indexeddb.ts';

/** Web Locks of which contexts with another `realm` see nothing. */
function locksOf(realm: string): Pick<LockManager, 'request'> {
  const request = (name: string, ...rest: unknown[]) =>
    Reflect.apply(navigator.locks.request, navigator.locks, [`${realm}${name}`, ...rest]);
  return { request: request as LockManager['request'] };
}

test('after the data was cleared, a newer context with other locks does not believe that it is alone: its hints come', async () => {
  const { database, open, runtime } = openDatabase();
  const old = open({ locks: locksOf(crypto.randomUUID()) });
  expect(await old.dequeue('a', 0)).toBeNull();
  await settled(indexedDB.deleteDatabase(database));
  const waiting = old.dequeue('a', 3_600_000);
  await old.stats('a');
  await expect.poll(() => runtime.pendingTimers).toBeGreaterThan(0);
  const newer = open({ locks: locksOf(crypto.randomUUID()) });
  await newer.stats('a');
  await newer.publish('a', 'after');
  // The clock stands still, so only a hint wakes the consumer.
  expect(await waiting).toMatchObject({ payload: 'after' });
});
