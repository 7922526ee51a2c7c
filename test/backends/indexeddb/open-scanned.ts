import type { IndexedDbBackendOptions } from 'ackline/indexeddb';
import { expect, onTestFinished, vi } from 'vitest';
import { type FullBackend, openDatabase, payloadsOf } from './open-indexeddb.ts';

/** Counts the scans of one queue and of the whole database, by all contexts, from now on. */
export function countScans(): { count: number; readonly byContext: Map<IDBDatabase, number> } {
  const scans = { count: 0, byContext: new Map<IDBDatabase, number>() };
  const { transaction } = IDBDatabase.prototype;
  const watched = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...given
  ) {
    const [names, mode] = given;
    const stores = typeof names === 'string' ? [names] : [...names];
    const isQueueScan =
      mode === 'readonly' && ['epochs', 'segments'].every((name) => stores.includes(name));
    const isDatabaseScan =
      mode === 'readonly' && ['late', 'returned'].every((name) => stores.includes(name));
    if ((isQueueScan || isDatabaseScan) && !stores.includes('dead')) {
      scans.count += 1;
      scans.byContext.set(this, (scans.byContext.get(this) ?? 0) + 1);
    }
    return transaction.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
  return scans;
}

/** Counts the attempts to claim, by all contexts, from now on. */
export function countAttempts(): { count: number } {
  const attempts = { count: 0 };
  const { add } = IDBObjectStore.prototype;
  const watched = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    ...given
  ) {
    if (this.name === 'epochs') attempts.count += 1;
    return add.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
  return attempts;
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

/** Dequeues and acknowledges two events. Each must be delivered for the first time. */
export async function takeTwoAndAck(
  backend: Pick<FullBackend, 'dequeueMany' | 'ack'>,
): Promise<unknown[]> {
  const taken = await backend.dequeueMany('a', 2, 0);
  expect(taken.map(({ attempts }) => attempts)).toEqual([1, 1]);
  for (const { eventId } of taken) expect(await backend.ack(eventId)).toBe('ok');
  return payloadsOf(taken);
}

/** A context that has scanned channel `a`, and a second one. They exchange no hints. */
export async function openScanned(options: Partial<IndexedDbBackendOptions> = {}) {
  vi.stubGlobal('BroadcastChannel', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const database = openDatabase();
  const backend = database.open(options);
  expect(await backend.dequeue('a', 0)).toBe(null);
  return { ...database, backend, other: database.open() };
}
