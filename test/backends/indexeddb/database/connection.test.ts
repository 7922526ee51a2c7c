// Covers src/backends/indexeddb/database/open-database.ts, src/backends/indexeddb/database/read-stamp.ts
import { AcklineError } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import type { ReadStamp } from '../../../../src/backends/indexeddb/database/read-stamp.ts';
import { openDatabase, settled } from '../open-indexeddb.ts';

test('opening that does not end rejects with open-timeout, and the next call tries again', async () => {
  const runtime = new ManualRuntime();
  // This request neither succeeds nor fails, as when a frozen tab blocks an upgrade.
  const opened: IDBOpenDBRequest[] = [];
  const stuck = {
    ...indexedDB,
    open: () => {
      const request = new IDBOpenDBRequest();
      opened.push(request);
      return request;
    },
  } as unknown as IDBFactory;
  const backend = indexedDbBackend({ database: 'stuck', indexedDB: stuck, runtime });
  for (const tries of [1, 2]) {
    const publishing = backend.publish('a', 1);
    const failure = expect(publishing).rejects.toMatchObject({ code: 'open-timeout' });
    await runtime.advance(10_000);
    await failure;
    expect(opened).toHaveLength(tries);
  }
  await backend.shutdown();
});

test('a connection that opens too late is closed, so that it blocks no other context', async () => {
  const { database, runtime } = openDatabase();
  const whole = indexedDB.open.bind(indexedDB);
  const opened: IDBDatabase[] = [];
  let answer: (event: Event) => void = () => undefined;
  // The test decides when its success event is fired.
  const slow = {
    open: (...given: Parameters<IDBFactory['open']>) => {
      const request = whole(...given);
      const listen = request.addEventListener.bind(request);
      listen('success', () => opened.push(request.result));
      request.addEventListener = (type: string, listener: never) => {
        if (type === 'success') answer = listener;
        else listen(type, listener);
      };
      return request;
    },
  } as unknown as IDBFactory;
  const backend = indexedDbBackend({ database, indexedDB: slow, runtime });
  const failure = expect(backend.publish('a', 1)).rejects.toMatchObject({ code: 'open-timeout' });
  await expect.poll(() => opened).toHaveLength(1);
  await runtime.advance(10_000);
  await failure;
  answer(new Event('success'));
  await runtime.settle();
  expect(() => opened[0]?.transaction('meta')).toThrow(/InvalidState|clos/);
  await backend.shutdown();
});

test('a database of a newer schema is refused and left as it is', async () => {
  const { database, open } = openDatabase();
  const older = open();
  await older.publish('a', 1);
  await older.shutdown();
  const request = indexedDB.open(database, 999);
  request.onupgradeneeded = () => request.result.createObjectStore('theirs');
  const newer = await settled(request);
  const stores = [...newer.objectStoreNames];
  newer.close();
  await expect(open().publish('a', 1)).rejects.toMatchObject({ code: 'newer-schema' });
  const after = await settled(indexedDB.open(database));
  expect(after.version).toBe(999);
  expect([...after.objectStoreNames]).toEqual(stores);
  after.close();
});

test('a connection closes for an upgrade, and is opened again for the next call', async () => {
  const { database, open } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 2);
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 2 });
});

test('when opening fails, the error has its cause', async () => {
  const cause = new DOMException('no', 'UnknownError');
  const broken = {
    open: () => {
      throw cause;
    },
  } as unknown as IDBFactory;
  const backend = indexedDbBackend({ database: 'broken', indexedDB: broken });
  const failure = await backend.publish('a', 1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AcklineError);
  expect(failure).toMatchObject({ code: 'storage', cause });
  await backend.shutdown();
});

test('options: each refusal names option, expectation and value', () => {
  const refusals: readonly (readonly [object | undefined, RegExp])[] = [
    [undefined, /^options must be an object with database, got undefined$/],
    [{}, /^database must be a name of at least one character, got undefined$/],
    [{ database: '' }, /^database must be a name of at least one character, got ""$/],
    [
      { database: 'x', durability: 'some' },
      /^durability must be 'relaxed' or 'strict', got "some"/,
    ],
    [{ database: 'x', openTimeoutMs: 0 }, /^openTimeoutMs must be a whole number of milliseconds/],
    [{ database: 'x', indexedDB: {} }, /^indexedDB must be an IDBFactory, got an object$/],
  ];
  for (const [options, message] of refusals)
    expect(() => indexedDbBackend(options as { database: string })).toThrow(message);
});

test('a decision fails where the database was replaced after the scan', async () => {
  const { database } = openDatabase();
  const states: unknown[] = [];
  let resetCount = 0;
  const connection = new Connection({
    factory: indexedDB,
    database,
    durability: 'relaxed',
    openTimeoutMs: 10_000,
    runtime: new ManualRuntime(),
    onDestroyed: () => {},
    onStatus: ({ state }) => state !== states.at(-1) && states.push(state),
    onReset: () => {
      resetCount += 1;
    },
  });
  const decide = (seen: ReadStamp, epoch: number) =>
    connection.decide(seen, [['add', 'epochs', { queue: 'a', epoch }]]);
  const before = await connection.stamp();
  expect(await decide(before, 1)).toBe(true);
  await settled(indexedDB.deleteDatabase(database));
  expect(await decide(before, 2)).toBe(false);
  expect(resetCount).toBe(1);
  expect(states).toEqual(['opening', 'open', 'reconnecting', 'storage-reset', 'open']);
  expect(await decide(await connection.stamp(), 2)).toBe(true);
  expect(await decide(await connection.stamp(), 2)).toBe(false);
  await connection.close();
});
