// Covers src/backends/indexeddb/publishing/appender.ts, src/backends/indexeddb/publishing/lines-of.ts
import { deleteDB } from 'idb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { POSITION_STEP } from '../../../../src/backends/indexeddb/schema/event-rows.ts';
import { drafts, openDatabase } from '../open-indexeddb.ts';
import { drain, openStore } from '../open-store.ts';

const urgent = { priority: 5 };

test('events of one priority keep commit order, also after a commit with plain events', async () => {
  const db = await openStore();
  const drafts = [1, 2, 3].map((payload) => ({ channel: 'a', payload, options: urgent }));
  await db.backend.publishMany([{ channel: 'a', payload: 'plain' }, ...drafts]);
  for (const payload of [4, 5]) await db.backend.publish('a', payload, null, urgent);
  expect(await drain(db, 'a')).toEqual([1, 2, 3, 4, 5, 'plain']);
});

test('events of one priority keep commit order across contexts', async () => {
  const db = await openStore();
  const other = db.open();
  for (const payload of [1, 2, 3]) await db.backend.publish('a', payload, null, urgent);
  for (const payload of [4, 5]) await other.backend.publish('a', payload, null, urgent);
  await db.backend.publish('a', 6, null, urgent);
  expect(await drain(db, 'a')).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a position that was read in a database is not used in another one, which took its place meanwhile', async () => {
  const { open, database, rows } = openDatabase();
  const one = open();
  await one.publishMany([...drafts('a', 3), ...drafts('b', 3)]);
  const append = Connection.prototype.append;
  let calls = 0;
  const spied = vi.spyOn(Connection.prototype, 'append').mockImplementation(async function (
    this: Connection,
    ...given
  ) {
    calls += 1;
    if (calls === 1) {
      this.suspend();
      await deleteDB(database);
      this.resume();
    }
    return append.apply(this, given);
  });
  onTestFinished(() => spied.mockRestore());
  await one.publish('a', 'urgent', null, { priority: 1 });
  expect(calls).toBe(2);
  await one.publish('a', 'urgent too', null, { priority: 1 });
  const positions = ((await rows('returned')) as { readonly seq: number }[]).map(({ seq }) => seq);
  expect(positions).toEqual([POSITION_STEP, 2 * POSITION_STEP]);
});
