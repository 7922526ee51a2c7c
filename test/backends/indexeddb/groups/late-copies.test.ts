// Covers src/backends/indexeddb/publishing/late-groups.ts, src/backends/indexeddb/groups/grouped-store.ts, src/backends/indexeddb/inspection/cancel-event.ts, src/backends/indexeddb/database/storage-errors.ts
import { createGroup } from 'ackline/groups';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { quotaError } from '../../../../src/backends/indexeddb/database/storage-errors.ts';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { openDatabase } from '../open-indexeddb.ts';
import { drain } from './drain-queue.ts';

test('where the copy for a group that was created meanwhile meets the quota, the events are stored once and the error does not deny it', async () => {
  const { open, runtime } = openDatabase();
  const [one, other] = [open(), open()];
  const append = Connection.prototype.append;
  let calls = 0;
  const spied = vi.spyOn(Connection.prototype, 'append').mockImplementation(async function (
    this: Connection,
    ...given
  ) {
    calls += 1;
    if (calls === 1) await createGroup(other, 'a', 'search');
    if (calls === 2) throw quotaError(null);
    return append.apply(this, given);
  });
  onTestFinished(() => spied.mockRestore());
  const publishes = [1, 2].map((payload) => one.publish('a', payload, null, { delayMs: 10 }));
  const failure = { status: 'rejected', reason: { code: 'storage', cause: { code: 'quota' } } };
  expect(await Promise.allSettled(publishes)).toMatchObject([failure, failure]);
  await runtime.advance(10);
  expect(await drain(one, 'a')).toEqual([1, 2]);
});

test('a cancel finds no event that is not copied to the groups yet, so that none is delivered after it', async () => {
  const faulty = faultyIndexedDb();
  const { open } = openDatabase();
  const [one, other] = [open({ indexedDB: faulty.factory }), open()];
  await createGroup(one, 'a', 'search');
  const id = await other.publish('a', 1, null, { priority: 100 });
  faulty.strike('quota', 'claim', 2);
  await expect(one.cancel?.('a', id)).rejects.toMatchObject({ code: 'quota' });
  expect(faulty.pending).toBe(0);
  expect(await one.cancel?.('a', id)).toBe('ok');
  expect(await drain(other, 'a')).toEqual([]);
  expect(await drain(other, 'a@search')).toEqual([1]);
});
