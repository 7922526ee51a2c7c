// Covers src/backends/indexeddb/groups/clear-queue.ts, src/backends/indexeddb/groups/indexeddb-groups.ts
import { AcklineError } from 'ackline';
import { createGroup, deleteGroup } from 'ackline/groups';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { drafts, openDatabase } from '../open-indexeddb.ts';
import { drain } from './drain-queue.ts';

const SEARCH = 'a@search';

test('a deleted group leaves no row, and what it held is gone for every context', async () => {
  const { open, rows, tidied, runtime } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search');
  await one.publishMany(drafts('a', 4));
  await one.publish('a', 'later', null, { delayMs: 60_000, key: 'k' });
  const [held, dead] = await other.dequeueMany(SEARCH, 2, 0);
  await other.reject(String(dead?.eventId), dead?.lease, undefined, SEARCH);
  const own = await one.dequeue(SEARCH, 0);
  const lost: unknown[] = [];
  one.observe?.((event) => event.type === 'lease-lost' && lost.push(event.channel));
  expect(await deleteGroup(one, 'a', 'search')).toBe(true);
  expect(lost).toEqual([SEARCH]);
  const late = { reason: 'late' };
  expect(await other.ack(String(held?.eventId), held?.lease, undefined, SEARCH)).toBe('gone');
  expect(await one.reject(String(own?.eventId), own?.lease, late, SEARCH)).toBe('gone');
  await expect(other.dequeue(SEARCH, 0)).rejects.toMatchObject({ code: 'no-group' });
  await expect(other.redrive?.(SEARCH)).rejects.toMatchObject({ code: 'no-group' });
  expect(await drain(other, 'a')).toEqual([0, 1, 2, 3]);
  await tidied();
  await runtime.advance(60_000);
  expect(await drain(other, 'a')).toEqual(['later']);
  await tidied();
  await createGroup(one, 'a', 'next');
  await one.publish('a', 5);
  expect(await drain(one, 'a@next')).toEqual([5]);
  for (const store of ['segments', 'late', 'returned', 'claims', 'epochs', 'endings', 'dead']) {
    const left = JSON.stringify(await rows(store));
    expect(left, store).not.toContain(SEARCH);
  }
});

test('a claim and a redrive on a read from before the deletion fail', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search');
  await one.publishMany(drafts('a', 2));
  const [first] = await one.dequeueMany(SEARCH, 1, 0);
  await one.reject(String(first?.eventId), first?.lease, undefined, SEARCH);
  const decide = Connection.prototype.decide;
  const spied = vi.spyOn(Connection.prototype, 'decide');
  onTestFinished(() => spied.mockRestore());
  const deleteFirst = () =>
    spied.mockImplementationOnce(async function (this: Connection, ...given) {
      await deleteGroup(other, 'a', 'search');
      return decide.apply(this, given);
    });
  deleteFirst();
  expect(await one.redrive?.(SEARCH)).toBe(0);
  await createGroup(one, 'a', 'search');
  await one.publish('a', 4);
  expect((await one.stats(SEARCH)).ready).toBe(1);
  deleteFirst();
  expect(await one.dequeue(SEARCH, 0)).toBeNull();
  await createGroup(one, 'a', 'search');
  expect(await drain(one, SEARCH)).toEqual([]);
});

test('a deletion after which the group still delivers rejects, and the next one completes it', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search');
  await one.publishMany(drafts('a', 2));
  await other.stats(SEARCH);
  const { decide } = Connection.prototype;
  const spied = vi.spyOn(Connection.prototype, 'decide');
  onTestFinished(() => spied.mockRestore());
  // The first decision takes the group from the channel, and the second one ends its queue.
  spied.mockImplementationOnce(function (this: Connection, ...given) {
    return decide.apply(this, given);
  });
  spied.mockRejectedValueOnce(new AcklineError('closed', 'the backend is closed'));
  await expect(deleteGroup(one, 'a', 'search')).rejects.toMatchObject({ code: 'closed' });
  expect(await deleteGroup(one, 'a', 'search')).toBe(false);
  await expect(other.dequeue(SEARCH, 0)).rejects.toMatchObject({ code: 'no-group' });
  expect(await drain(other, 'a')).toEqual([0, 1]);
});
