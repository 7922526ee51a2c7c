import type { IndexedDbBackendOptions } from 'ackline/indexeddb';
import { expect, onTestFinished, vi } from 'vitest';
import { type FullBackend, openDatabase, payloadsOf } from './open-indexeddb.ts';

/** Counts the looks at a queue, and the scans for all queues, of all contexts, from now on. */
export function countLooks(): { count: number; readonly byContext: Map<IDBDatabase, number> } {
  const looks = { count: 0, byContext: new Map<IDBDatabase, number>() };
  const { transaction } = IDBDatabase.prototype;
  const watched = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...given
  ) {
    const [names, mode] = given;
    const stores = typeof names === 'string' ? [names] : [...names];
    const isLook =
      mode === 'readonly' && ['epochs', 'segments'].every((name) => stores.includes(name));
    const isScan =
      mode === 'readonly' && ['late', 'returned'].every((name) => stores.includes(name));
    if ((isLook || isScan) && !stores.includes('dead')) {
      looks.count += 1;
      looks.byContext.set(this, (looks.byContext.get(this) ?? 0) + 1);
    }
    return transaction.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
  return looks;
}

/** Counts the claims that are tried, by all contexts, from now on. */
export function countTries(): { count: number } {
  const tries = { count: 0 };
  const { add } = IDBObjectStore.prototype;
  const watched = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    ...given
  ) {
    if (this.name === 'epochs') tries.count += 1;
    return add.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
  return tries;
}

type Consumer = Pick<FullBackend, 'dequeue' | 'ack'>;

export async function take(backend: Consumer, channel = 'a') {
  const message = await backend.dequeue(channel, 0);
  if (!message) throw new Error(`nothing is due in ${channel}`);
  return message;
}

export async function takeAndAck(backend: Consumer, channel = 'a'): Promise<unknown> {
  const { eventId, payload } = await take(backend, channel);
  await backend.ack(eventId);
  return payload;
}

/** Two at once, each for the first time. */
export async function takeTwoAndAck(
  backend: Pick<FullBackend, 'dequeueMany' | 'ack'>,
): Promise<unknown[]> {
  const taken = await backend.dequeueMany('a', 2, 0);
  expect(taken.map(({ attempts }) => attempts)).toEqual([1, 1]);
  for (const { eventId } of taken) expect(await backend.ack(eventId)).toBe('ok');
  return payloadsOf(taken);
}

/** A context that has looked, and contexts beside it that cannot hint to it. */
export async function openKnowing(options: Partial<IndexedDbBackendOptions> = {}) {
  vi.stubGlobal('BroadcastChannel', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const database = openDatabase();
  const backend = database.open(options);
  expect(await backend.dequeue('a', 0)).toBe(null);
  return { ...database, backend, other: database.open() };
}
