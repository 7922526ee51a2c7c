// Covers src/backends/indexeddb/partitions.ts, src/backends/indexeddb/database/database-name.ts,
// src/backends/indexeddb/database/destroyed-error.ts, src/backends/indexeddb/database/suspension.ts
import { EventChannel } from 'ackline';
import { indexedDbBackend, memoryFallback, partitions, purgePartition } from 'ackline/indexeddb';
import { afterEach, expect, test, vi } from 'vitest';
import { openDatabase, separateLocks, settled } from './open-indexeddb.ts';

const NAME = (database: string) => `${database}\u241fada`;

async function isThere(name: string): Promise<boolean> {
  return (await indexedDB.databases()).some((one) => one.name === name);
}

afterEach(() => vi.unstubAllGlobals());

/** A page that the test suspends and resumes. */
function stubPage(): { readonly suspend: () => void; readonly resume: () => void } {
  const page = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', page);
  return {
    suspend: () => page.dispatchEvent(new Event('freeze')),
    resume: () => page.dispatchEvent(new Event('resume')),
  };
}

test('names: the separator is refused in a database, and a partition is a name of 1 to 200 characters', async () => {
  const open = (options: object) => () => indexedDbBackend({ database: 'shop', ...options });
  expect(open({ database: 'shop\u241fada' })).toThrow('database must be a name without');
  expect(open({ partition: '' })).toThrow('partition must be a string of 1 to 200 characters');
  expect(open({ partition: 5 as unknown as string })).toThrow('partition must be a string');
  expect(open({ partition: '\u241f' })).not.toThrow();
  const wrong = { database: 'shop' } as Parameters<typeof purgePartition>[0];
  await expect(purgePartition(wrong)).rejects.toThrow('partition must be the name of a partition');
  await expect(partitions({ database: '' })).rejects.toThrow('database must be a name');
});

test('partitions: lists those of its database alone', async () => {
  const { database, open } = openDatabase();
  expect(await partitions({ database })).toEqual([]);
  for (const partition of ['bob', 'ada', 'a\u241fb']) await open({ partition }).publish('a', 1);
  await open().publish('a', 1);
  await open({ database: `${database} 2`, partition: 'eve' }).publish('a', 1);
  expect(await partitions({ database })).toEqual(['ada', 'a\u241fb', 'bob']);
  const old = { open: indexedDB.open.bind(indexedDB) } as unknown as IDBFactory;
  const listing = partitions({ database, indexedDB: old });
  await expect(listing).rejects.toMatchObject({ code: 'unsupported' });
});

test('purge: ends listeners with the reason, in this context too', async () => {
  const { database, open, runtime } = openDatabase();
  const backend = open({ partition: 'ada' });
  const events = new EventChannel({ backend, observer() {} });
  const listener = events.listen('a', () => {});
  await events.publish('a', 1);
  await purgePartition({ database, partition: 'ada' });
  await runtime.advance(10_000);
  await listener.closed;
  expect(backend.status()).toMatchObject({ state: 'closed', reason: { code: 'destroyed' } });
  expect(await isThere(NAME(database))).toBe(false);
});

test('purge: a page that was suspended meanwhile ends when it resumes, and creates nothing', async () => {
  const page = stubPage();
  const { database, open } = openDatabase();
  const locks = separateLocks();
  const suspended = open({ partition: 'ada', locks });
  await suspended.publish('a', 1);
  page.suspend();
  const late = suspended.publish('a', 2);
  vi.unstubAllGlobals();
  await purgePartition({ database, partition: 'ada' });
  page.resume();
  await expect(late).rejects.toMatchObject({ code: 'closed', cause: { code: 'destroyed' } });
  expect(suspended.status()).toMatchObject({ state: 'closed', reason: { code: 'destroyed' } });
  await expect(suspended.publish('a', 3)).rejects.toMatchObject({ code: 'closed' });
  expect(await isThere(NAME(database))).toBe(false);
});

test('purge: a page that was suspended meanwhile does not use a later partition of that name', async () => {
  const page = stubPage();
  const { database, open } = openDatabase();
  const suspended = open({ partition: 'ada', locks: separateLocks() });
  await suspended.publish('a', 1);
  page.suspend();
  vi.unstubAllGlobals();
  await purgePartition({ database, partition: 'ada' });
  const again = open({ partition: 'ada' });
  await again.publish('a', 'of the next session');
  page.resume();
  await expect(suspended.publish('a', 2)).rejects.toMatchObject({ code: 'closed' });
  expect(await again.dequeueMany('a', 5, 0)).toMatchObject([{ payload: 'of the next session' }]);
  expect(again.status()).toMatchObject({ state: 'open', reason: null });
});

test('a partition whose database a script deletes ends, and is not created again', async () => {
  const { database, open } = openDatabase();
  const backend = open({ partition: 'ada', locks: separateLocks() });
  await backend.publish('a', 1);
  await settled(indexedDB.deleteDatabase(NAME(database)));
  await expect(backend.publish('a', 2)).rejects.toMatchObject({ code: 'closed' });
  expect(await isThere(NAME(database))).toBe(false);
});

test('a backend of a partition opens it when it is made, and without storage its first call decides as ever', async () => {
  const { open } = openDatabase();
  expect(open({ partition: 'ada' }).status().state).toBe('opening');
  vi.stubGlobal('indexedDB', undefined);
  expect(open({ partition: 'ada' }).status().state).toBe('closed');
  const refusing = {
    open() {
      throw new DOMException('no storage here', 'SecurityError');
    },
  } as unknown as IDBFactory;
  const backend = open({ partition: 'ada', indexedDB: refusing, fallback: memoryFallback });
  await backend.publish('a', 1);
  expect(backend.status()).toMatchObject({ storage: 'memory' });
});
