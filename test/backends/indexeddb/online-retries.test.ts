import { EventChannel, RetryError } from 'ackline';
import { recordingObserver } from 'ackline/testing';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { faultyIndexedDb } from '../../support/faulty-indexeddb.ts';
import { drafts, type FullBackend, openDatabase } from './open-indexeddb.ts';

/** What becomes of events that wait for the network when the platform says that it is back. */

const HOUR_MS = 3_600_000;
const OFFLINE = { delayMs: HOUR_MS, reason: 'offline' } as const;

let context: EventTarget;

beforeEach(() => {
  // Called last, after the backends were shut down, which take their listeners away.
  onTestFinished(() => void vi.unstubAllGlobals());
  context = new EventTarget();
  vi.stubGlobal('addEventListener', context.addEventListener.bind(context));
  vi.stubGlobal('removeEventListener', context.removeEventListener.bind(context));
});

const goOnline = () => context.dispatchEvent(new Event('online'));

async function postpone(backend: FullBackend, count: number): Promise<void> {
  await backend.publishMany(drafts('a', count));
  const taken = await backend.dequeueMany('a', count, 0);
  await Promise.all(taken.map(({ eventId, lease }) => backend.nack(eventId, lease, OFFLINE)));
}

test('online: a handler that could not reach the network is called again at once, and no other', async () => {
  const { open } = openDatabase();
  const backend = open();
  const events = new EventChannel({ backend, observer: recordingObserver() });
  const seen: unknown[] = [];
  events.listen('a', ({ payload, attempts }) => {
    seen.push([payload, attempts]);
    if (seen.length > 2) return;
    if (payload === 'offline') throw new RetryError(HOUR_MS, { reason: 'offline' });
    throw new RetryError(HOUR_MS, { countsAsAttempt: false });
  });
  await events.publish('a', 'offline');
  await events.publish('a', 'signed out');
  await expect.poll(() => backend.stats('a')).toMatchObject({ scheduled: 2 });
  goOnline();
  await expect.poll(() => backend.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 1 });
  expect(seen.slice(2)).toEqual([['offline', 1]]);
  await events.shutdown();
});

test('online: contexts that hear it together deliver each event once, also one of an earlier page', async () => {
  const { open } = openDatabase();
  const earlier = open();
  await postpone(earlier, 300);
  await earlier.shutdown();
  const contexts = [open(), open(), open()];
  const delivered: string[] = [];
  const consume = async (backend: FullBackend) => {
    while (delivered.length < 300)
      for (const { eventId, lease } of await backend.dequeueMany('a', 10, 0)) {
        delivered.push(eventId);
        expect(await backend.ack(eventId, lease)).toBe('ok');
      }
  };
  for (const backend of contexts) expect(await backend.dequeue('a', 0)).toBe(null);
  goOnline();
  goOnline();
  await Promise.all(contexts.map(consume));
  expect(new Set(delivered).size).toBe(300);
  expect(delivered.length).toBe(300);
  expect(await contexts[0]?.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
});

test('online: what the storage refuses is reported, and tried again at the next', async () => {
  const { factory, strike } = faultyIndexedDb();
  const { open } = openDatabase();
  const backend = open({ indexedDB: factory });
  const observer = recordingObserver();
  backend.observe(observer);
  await postpone(backend, 1);
  // The store reports it after four times.
  strike('rolled-back', 'claim', 4);
  goOnline();
  await expect
    .poll(() => observer.of('fault'))
    .toMatchObject([{ during: 'resume', channel: 'a', error: { code: 'storage' } }]);
  goOnline();
  await expect.poll(() => backend.stats('a')).toMatchObject({ ready: 1, scheduled: 0 });
});

test('online: a backend that was shut down meanwhile says nothing', async () => {
  const { open } = openDatabase();
  const backend = open();
  const observer = recordingObserver();
  backend.observe(observer);
  await postpone(backend, 1);
  goOnline();
  await backend.shutdown();
  goOnline();
  expect(observer.of('fault')).toEqual([]);
  expect(await open().retryNow('a', { reason: 'offline' })).toBeLessThanOrEqual(1);
});
