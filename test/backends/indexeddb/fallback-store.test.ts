// Covers src/backends/indexeddb/memory-fallback.ts
import { EventChannel } from 'ackline';
import { indexedDbBackend, memoryFallback } from 'ackline/indexeddb';
import { recordingObserver } from 'ackline/testing';
import { expect, test, vi } from 'vitest';
import { FallbackStore } from '../../../src/backends/indexeddb/fallback-store.ts';
import { ignore } from '../../../src/core/runtime/ignore.ts';
import type { EventStore } from '../../../src/queue/event-store.ts';
import { nextTask } from '../../support/next-task.ts';
import { openDatabase, settled } from './open-indexeddb.ts';

const forbidden = {
  open: () => {
    throw new DOMException('storage is blocked', 'SecurityError');
  },
} as unknown as IDBFactory;

test('fallback memory: where storage is forbidden events are kept in memory, and the status reports it', async () => {
  const backend = indexedDbBackend({
    database: 'blocked',
    indexedDB: forbidden,
    fallback: memoryFallback,
  });
  const observer = recordingObserver();
  const events = new EventChannel({ backend, observer });
  expect(backend.status()).toMatchObject({ state: 'closed', storage: 'indexeddb' });
  await events.publish('a', 1);
  expect(backend.status()).toMatchObject({
    state: 'open',
    storage: 'memory',
    reason: { code: 'storage', cause: { name: 'SecurityError' } },
  });
  expect(observer.of('storage-fallback')).toHaveLength(1);
  const delivery = await events.dequeue('a');
  expect(delivery?.payload).toBe(1);
  expect(await delivery?.ack()).toBe('ok');
  expect(await events.stats('a')).toMatchObject({ ready: 0, leased: 0 });
  await events.shutdown();
});

test('fallback: a name is refused, because the store in memory is loaded by those that import it', () => {
  const given = { database: 'blocked', fallback: 'memory' as unknown as 'throw' };
  expect(() => indexedDbBackend(given)).toThrow(
    'fallback must be \'throw\' or memoryFallback of ackline/indexeddb, got "memory"',
  );
});

test('fallback throw: where storage is forbidden every call rejects', async () => {
  const backend = indexedDbBackend({ database: 'blocked', indexedDB: forbidden });
  for (const call of [() => backend.publish('a', 1), () => backend.dequeue('a', 0)])
    await expect(call()).rejects.toMatchObject({
      code: 'storage',
      cause: { name: 'SecurityError' },
    });
  expect(backend.status()).toMatchObject({ state: 'failed', storage: 'indexeddb' });
});

test('fallback memory: available storage is used', async () => {
  const { open } = openDatabase();
  const backend = open({ fallback: memoryFallback });
  await backend.publish('a', 1);
  expect(backend.status()).toMatchObject({ state: 'open', storage: 'indexeddb' });
  expect(await open().dequeue('a', 0)).toMatchObject({ payload: 1 });
});

test('fallback memory: a database of a newer schema is still refused', async () => {
  const { database, open } = openDatabase();
  const older = open();
  await older.publish('a', 0);
  await older.shutdown();
  (await settled(indexedDB.open(database, 999))).close();
  const backend = open({ fallback: memoryFallback });
  for (const call of [1, 2])
    await expect(backend.publish('a', call)).rejects.toMatchObject({ code: 'newer-schema' });
  expect(backend.status()).toMatchObject({ state: 'failed', storage: 'indexeddb' });
});

test('fallback memory: keeps as many dead letters as maxDeadLetters allows', async () => {
  const backend = indexedDbBackend({
    database: 'blocked',
    indexedDB: forbidden,
    fallback: memoryFallback,
    maxDeadLetters: 1,
  });
  const events = new EventChannel({ backend, observer: () => {} });
  for (const payload of [1, 2]) {
    await events.publish('a', payload);
    await (await events.dequeue('a'))?.reject();
  }
  expect(await events.deadLetters('a')).toMatchObject([{ payload: 2 }]);
  await events.shutdown();
});

test('close: resolves when both stores are closed', async () => {
  let close: (() => void) | undefined;
  const closed = vi.fn();
  const preferred = { close: async () => undefined } as unknown as EventStore;
  const closing = () =>
    new Promise<void>((resolve) => {
      close = resolve;
    });
  const spare = { close: closing } as unknown as EventStore;
  const ended = new FallbackStore(preferred, spare, async () => undefined, ignore).close();
  void ended.then(closed);
  await nextTask();
  expect(closed).not.toHaveBeenCalled();
  close?.();
  await ended;
});
