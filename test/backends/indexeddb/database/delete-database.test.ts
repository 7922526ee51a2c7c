import { EventChannel } from 'ackline';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase, settled } from '../open-indexeddb.ts';

async function isThere(database: string): Promise<boolean> {
  const databases = await indexedDB.databases();
  return databases.some(({ name }) => name === database);
}

test('destroy: deletes the database, also under the listeners of other contexts, which do not create it again', async () => {
  const { open, database, runtime } = openDatabase();
  const [mine, theirs] = [open(), open()];
  const events = new EventChannel({ backend: theirs, observer() {} });
  const states: unknown[] = [];
  theirs.watchStatus(({ state, reason }) => states.push([state, reason?.code]));
  const handled: unknown[] = [];
  const listener = events.listen('a', ({ payload }) => handled.push(payload));
  await mine.publish('a', 1);
  await events.drain();
  expect(handled).toEqual([1]);
  await mine.destroy();
  expect(await isThere(database)).toBe(false);
  expect(mine.status()).toMatchObject({ state: 'closed', reason: { code: 'destroyed' } });
  await runtime.advance(10_000);
  await listener.closed;
  expect(states.at(-1)).toEqual(['closed', 'destroyed']);
  for (const backend of [mine, theirs])
    await expect(backend.publish('a', 2)).rejects.toMatchObject({ code: 'closed' });
  expect(await isThere(database)).toBe(false);
});

test('destroy: settling a held event returns gone, and no event is released', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const held = await backend.dequeueMany('a', 2, 0);
  expect(held).toHaveLength(2);
  await backend.destroy();
  expect(await isThere(database)).toBe(false);
  const again = open();
  expect(await again.dequeue('a', 0)).toBeNull();
});

test('destroy: ends a waiting consumer', async () => {
  const { open } = openDatabase();
  const [mine, theirs] = [open(), open()];
  await mine.publish('b', 1);
  const waiting = theirs.dequeue('a', 60_000);
  await mine.destroy();
  expect(await waiting).toBeNull();
});

test('destroy: works on a database that was never opened here, twice, and after shutdown', async () => {
  const { open, database, runtime } = openDatabase();
  const first = open();
  await first.publish('a', 1);
  await first.shutdown();
  const backend = open();
  await backend.destroy();
  expect(await isThere(database)).toBe(false);
  await backend.destroy();
  await first.destroy();
  expect(await isThere(database)).toBe(false);
  expect(runtime.pendingTimers).toBe(0);
});

test('destroy: rejects where a context that does not respond keeps the database open', async () => {
  const { open, database, runtime } = openDatabase();
  const backend = open({ openTimeoutMs: 5_000 });
  await backend.publish('a', 1);
  const stubborn = await settled(indexedDB.open(database));
  onTestFinished(() => stubborn.close());
  const destroyed = backend.destroy();
  const failure = expect(destroyed).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('keeps it open'),
  });
  await new Promise((asked) => {
    stubborn.onversionchange = asked;
  });
  await runtime.advance(5_000);
  await failure;
});

test('destroy: refuses a database of another program, and leaves it unchanged', async () => {
  const { open, database } = openDatabase();
  (await settled(indexedDB.open(database))).close();
  await expect(open().destroy()).rejects.toMatchObject({ code: 'foreign-database' });
  expect(await isThere(database)).toBe(true);
});

test('a script that deletes the database, as clearing the data of the site does, ends nothing', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 2);
  expect(backend.status().state).toBe('open');
});
