import { expect, test } from 'vitest';
import { drafts, openDatabase, settled } from '../open-indexeddb.ts';

test('stats: sizes of segments are forgotten when another database replaces theirs', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 5));
  expect(await backend.stats('a')).toMatchObject({ ready: 5 });
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 1);
  expect(await backend.stats('a')).toMatchObject({ ready: 1 });
});
