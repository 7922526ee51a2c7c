import { EventChannel, RetryError } from 'ackline';
import { recordingObserver } from 'ackline/testing';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { faultyIndexedDb } from '../../support/faulty-indexeddb.ts';
import { drafts, type FullBackend, openDatabase } from './open-indexeddb.ts';

/** These tests show what an `online` event of the platform does to events that wait for the network. */

const HOUR_MS = 3_600_000;
const OFFLINE = { delayMs: HOUR_MS, reason: 'offline' } as const;

let context: EventTarget;

beforeEach(() => {
  // This runs last, after the backends were shut down and have removed their listeners.
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

test('online: only events that failed because of the network are delivered again at once', async () => {
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

test('online: when several contexts get it, each event is delivered once, also that of an earlier page', async () => {
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

test('online: a failure of the storage is reported, and the next event tries again', async () => {
  const { factory, strike } = faultyIndexedDb();
  const { open } = openDatabase();
  const backend = open({ indexedDB: factory });
  const observer = recordingObserver();
  backend.observe(observer);
  await postpone(backend, 1);
  // The store reports a failure after four tries.
  strike('rolled-back', 'claim', 4);
  goOnline();
  await expect
    .poll(() => observer.of('fault'))
    .toMatchObject([{ during: 'resume', channel: 'a', error: { code: 'storage' } }]);
  goOnline();
  await expect.poll(() => backend.stats('a')).toMatchObject({ ready: 1, scheduled: 0 });
});

test('online: a backend that was shut down meanwhile reports nothing', async () => {
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
