// Covers src/backends/indexeddb/backend-options.ts
import { AcklineError, type ObserverEvent } from 'ackline';
import type { BackendStatus } from 'ackline/indexeddb';
import { expect, test } from 'vitest';
import { mortalLocks } from '../../../support/mortal-locks.ts';
import { openDatabase, settled } from '../open-indexeddb.ts';

function statesOf(backend: { watchStatus(watcher: (status: BackendStatus) => void): () => void }) {
  const states: string[] = [];
  const stop = backend.watchStatus(({ state }) => states.push(state));
  return { states, stop };
}

/** Records the connections of this realm that are opened from now on, and can close them as the platform does. */
function connectionsOf(factory: IDBFactory): IDBDatabase[] {
  const opened: IDBDatabase[] = [];
  const open = factory.open.bind(factory);
  factory.open = (...given) => {
    const request = open(...given);
    request.addEventListener('success', () => opened.push(request.result));
    return request;
  };
  return opened;
}

function copyOfFactory(): IDBFactory {
  return { open: indexedDB.open.bind(indexedDB) } as unknown as IDBFactory;
}

test('status: closed, opening, open, closed', async () => {
  const { open } = openDatabase();
  const backend = open();
  const { states } = statesOf(backend);
  expect(backend.status()).toMatchObject({ state: 'closed', storage: 'indexeddb', reason: null });
  await backend.publish('a', 1);
  expect(backend.status().state).toBe('open');
  await backend.shutdown();
  expect(states).toEqual(['opening', 'open', 'closed']);
});

test('status: a database that cannot be opened is failed with a reason, and open as soon as it can be opened', async () => {
  const { database, open } = openDatabase();
  const newer = await settled(indexedDB.open(database, 999));
  newer.close();
  const backend = open();
  const failure: unknown = await backend.publish('a', 1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AcklineError);
  expect(backend.status()).toMatchObject({ state: 'failed', reason: failure });
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 1);
  expect(backend.status()).toMatchObject({ state: 'open', reason: null });
});

test('a connection that the browser closes is opened again, and no event is lost', async () => {
  const { open } = openDatabase();
  const factory = copyOfFactory();
  const opened = connectionsOf(factory);
  const backend = open({ indexedDB: factory });
  const { states } = statesOf(backend);
  await backend.publish('a', 1);
  const [connection] = opened;
  connection?.close();
  connection?.onclose?.(new Event('close'));
  expect(backend.status().state).toBe('reconnecting');
  await backend.publish('a', 2);
  expect(await backend.dequeueMany('a', 9, 0)).toHaveLength(2);
  expect(states).toEqual(['opening', 'open', 'reconnecting', 'open']);
  expect(opened).toHaveLength(2);
});

test('status: a cleared database is reported as storage-reset, to watchers and to observers', async () => {
  const { database, open } = openDatabase();
  const backend = open();
  const { states } = statesOf(backend);
  const reported: ObserverEvent[] = [];
  backend.observe((event) => reported.push(event));
  await backend.publish('a', 1);
  const held = await backend.dequeue('a', 0);
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 2);
  expect(states).toEqual(['opening', 'open', 'reconnecting', 'storage-reset', 'open']);
  expect(reported).toContainEqual({ type: 'storage-reset' });
  expect(await backend.ack(String(held?.eventId))).toBe('gone');
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 2 });
});

test('status: after a reset the lease mode is available, also for later backends of the context, because newer contexts have other locks', async () => {
  const { database, open } = openDatabase();
  const locks = mortalLocks();
  const backend = open({ locks });
  const changes: unknown[] = [];
  await backend.publish('a', 1);
  backend.watchStatus(({ state, leaseMode }) => changes.push([state, leaseMode]));
  await settled(indexedDB.deleteDatabase(database));
  await backend.publish('a', 2);
  expect(changes).toEqual([
    ['reconnecting', 'exclusive'],
    ['storage-reset', 'available'],
    ['open', 'available'],
  ]);
  expect(open({ locks }).status().leaseMode).toBe('available');
  expect(open({ locks: mortalLocks() }).status().leaseMode).toBe('exclusive');
});

/** The first transaction of the connection that is opened as the `nth` fails, which reads the identity of the database. */
function unreadIdentity(nth: number): { factory: IDBFactory; opened: IDBDatabase[] } {
  const factory = copyOfFactory();
  const opened: IDBDatabase[] = [];
  factory.open = (...given) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => {
      const { result } = request;
      opened.push(result);
      const begin = result.transaction.bind(result);
      let isFirst = opened.length === nth;
      result.transaction = (...begun) => {
        if (!isFirst) return begin(...begun);
        isFirst = false;
        throw new DOMException('closing', 'InvalidStateError');
      };
    });
    return request;
  };
  return { factory, opened };
}

test('status: an identity that cannot be read does not show that the data was cleared: it is read again, and the lease mode stays', async () => {
  const { open } = openDatabase();
  const { factory, opened } = unreadIdentity(2);
  const backend = open({ indexedDB: factory, locks: mortalLocks() });
  await backend.publish('a', 1);
  const { states } = statesOf(backend);
  opened[0]?.close();
  opened[0]?.onclose?.(new Event('close'));
  await backend.publish('a', 2);
  // The second connection may be one to another database, so it is not used.
  expect(opened).toHaveLength(3);
  expect(states).not.toContain('storage-reset');
  expect(backend.status().leaseMode).toBe('exclusive');
});

test('status: a first database whose identity was never read may have been cleared, so the lease mode is available', async () => {
  const { open } = openDatabase();
  const { factory, opened } = unreadIdentity(1);
  const locks = mortalLocks();
  const backend = open({ indexedDB: factory, locks });
  const { states } = statesOf(backend);
  await backend.publish('a', 1);
  expect(opened).toHaveLength(2);
  expect(states).toEqual(['opening', 'open', 'reconnecting', 'storage-reset', 'open']);
  expect(backend.status().leaseMode).toBe('available');
  expect(open({ locks }).status().leaseMode).toBe('available');
});

test('status: a database that another context created again is reported as storage-reset', async () => {
  const { database, open } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  const { states } = statesOf(backend);
  await settled(indexedDB.deleteDatabase(database));
  await open().publish('a', 2);
  expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 2 });
  expect(states).toEqual(['reconnecting', 'storage-reset', 'open']);
});

test('status: a database that the browser deleted as damaged is reported as storage-reset, also at the first opening', async () => {
  const { open } = openDatabase();
  const factory = copyOfFactory();
  const reallyOpen = factory.open;
  factory.open = (...given) => {
    const request = reallyOpen(...given);
    // This is the message of Chromium, see docs/engines.md.
    request.addEventListener('upgradeneeded', (event) =>
      Object.assign(event, { dataLoss: 'total' }),
    );
    return request;
  };
  const backend = open({ indexedDB: factory, locks: mortalLocks() });
  const { states } = statesOf(backend);
  await backend.publish('a', 1);
  expect(states).toEqual(['opening', 'storage-reset', 'open']);
  expect(backend.status().leaseMode).toBe('exclusive');
});

test('watchStatus: when a watcher throws, others are still called, and a stopped watcher is not called again', async () => {
  const { open } = openDatabase();
  const backend = open();
  backend.watchStatus(() => {
    throw new Error('careless');
  });
  const { states, stop } = statesOf(backend);
  await backend.publish('a', 1);
  stop();
  await backend.shutdown();
  expect(states).toEqual(['opening', 'open']);
});

test('opening: a transient failure is tried again', async () => {
  const { open, runtime } = openDatabase();
  const factory = copyOfFactory();
  const reallyOpen = factory.open;
  let tries = 0;
  factory.open = (...given) => {
    tries += 1;
    if (tries < 4) throw new DOMException('try later', 'UnknownError');
    return reallyOpen(...given);
  };
  const backend = open({ indexedDB: factory });
  const publishing = backend.publish('a', 1);
  await runtime.advance(1_000);
  await publishing;
  expect(tries).toBe(4);
});

test('opening: a failure that persists is reported after five tries', async () => {
  const { open, runtime } = openDatabase();
  const cause = new DOMException('broken', 'UnknownError');
  let tries = 0;
  const factory = {
    open: () => {
      tries += 1;
      throw cause;
    },
  } as unknown as IDBFactory;
  const backend = open({ indexedDB: factory });
  const publishing = expect(backend.publish('a', 1)).rejects.toMatchObject({
    code: 'storage',
    cause,
  });
  await runtime.advance(1_000);
  await publishing;
  expect(tries).toBe(5);
  expect(backend.status().state).toBe('failed');
});
