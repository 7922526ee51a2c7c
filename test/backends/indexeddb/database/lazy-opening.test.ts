// Covers src/backends/indexeddb/database/connection.ts, src/backends/indexeddb/indexeddb-backend.ts,
// src/backends/indexeddb/database/platform-factory.ts
import { indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { deferred } from '../../../support/deferred.ts';
import { openDatabase } from '../open-indexeddb.ts';
import { countScans } from '../open-scanned.ts';

afterEach(() => vi.unstubAllGlobals());

/** Records in order what is opened, and when a payload is read. */
function noteOrder() {
  const order: string[] = [];
  const Wire = globalThis.BroadcastChannel;
  vi.stubGlobal(
    'BroadcastChannel',
    class extends Wire {
      constructor(name: string) {
        super(name);
        order.push('wire');
      }
    },
  );
  const factory = {
    open: (...given: Parameters<IDBFactory['open']>) => {
      order.push('database');
      return indexedDB.open(...given);
    },
  } as unknown as IDBFactory;
  const payload = {
    get value() {
      order.push('payload');
      return 1;
    },
  };
  const runtime = new ManualRuntime();
  const make = (database: string) => indexedDbBackend({ database, indexedDB: factory, runtime });
  return { order, payload, make };
}

test('the first call opens the database before it reads its payload, and nothing is opened earlier', async () => {
  const { order, payload, make } = noteOrder();
  const backend = make('first-call');
  expect(order).toEqual([]);
  const publishing = backend.publish('a', payload);
  expect(order).toEqual(['database', 'wire', 'payload']);
  await publishing;
  await backend.publish('a', 2);
  expect(order).toHaveLength(3);
  await backend.shutdown();
});

test('a first call that is refused leaves no pending work that could fail', async () => {
  const { make } = noteOrder();
  const backend = make('first-refused');
  await expect(backend.publish('not a channel', 1)).rejects.toThrow(TypeError);
  expect(await backend.publish('a', 1)).toBeTypeOf('string');
  await backend.shutdown();
});

test('the first scan of a context does not wait for its owner lock, but its first claim does', async () => {
  const asked = deferred();
  const granted = deferred();
  const locks = {
    request: async (...given: Parameters<LockManager['request']>) => {
      asked.resolve();
      // The context holds its read lock before it reads. The lock shows other contexts that it may decide by what it reads.
      if (!given[0].includes(':view:')) await granted.promise;
      return navigator.locks.request(...given);
    },
  } as unknown as LockManager;
  const { open, rows } = openDatabase();
  await open().publish('a', 1);
  const backend = open({ locks });
  const scans = countScans();
  const taking = backend.dequeue('a', 0);
  await asked.promise;
  await expect.poll(() => scans.count).toBe(1);
  expect(await rows('claims')).toEqual([]);
  granted.resolve();
  expect(await taking).toMatchObject({ payload: 1 });
  expect(scans.count).toBe(1);
});
