// Covers src/backends/indexeddb/publishing/appender.ts, src/backends/indexeddb/publishing/lines-of.ts
import { expect, test } from 'vitest';
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
