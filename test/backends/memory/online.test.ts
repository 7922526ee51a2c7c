// Covers src/queue/retry-now.ts, src/core/options/retry-now-options.ts, src/backends/memory/memory-store.ts, src/backends/memory/online-watch.ts
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  memoryStore,
  RetryError,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';

/** These tests show what an `online` event of the platform does to events that wait for the network. */

const HOUR_MS = 3_600_000;
const observer = recordingObserver();

let added: string[];
let context: EventTarget;

beforeEach(() => {
  onTestFinished(() => void vi.unstubAllGlobals());
  context = new EventTarget();
  added = [];
  vi.stubGlobal('addEventListener', (type: string, listener: EventListener) => {
    added.push(type);
    context.addEventListener(type, listener);
  });
  vi.stubGlobal('removeEventListener', (type: string, listener: EventListener) => {
    added.splice(added.indexOf(type), 1);
    context.removeEventListener(type, listener);
  });
});

const goOnline = () => context.dispatchEvent(new Event('online'));

test('online: only events that failed because of the network become due', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  const seen: unknown[] = [];
  events.listen('orders', ({ payload, attempts }) => {
    seen.push([payload, attempts]);
    if (seen.length > 3) return;
    if (payload === 'offline') throw new RetryError(HOUR_MS, { reason: 'offline' });
    if (payload === 'postponed') throw new RetryError(HOUR_MS, { countsAsAttempt: false });
    throw new RetryError(HOUR_MS, 'reason: offline');
  });
  for (const payload of ['offline', 'postponed', 'broken']) await events.publish('orders', payload);
  await events.publish('orders', 'later', null, { delayMs: HOUR_MS });
  await runtime.advance(1_000);
  expect(seen.length).toBe(3);
  goOnline();
  await runtime.settle();
  expect(seen.slice(3)).toEqual([['offline', 1]]);
  goOnline();
  await runtime.settle();
  expect(seen.length).toBe(4);
  await events.shutdown();
});

test('online: the store listens only while an event waits for the network and a backend is open', async () => {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const backend = memoryBackend({ store });
  const takeAndPostpone = async () => {
    const message = await backend.dequeue('a', 0);
    const options = { delayMs: HOUR_MS, reason: 'offline' } as const;
    await backend.nack(String(message?.eventId), message?.lease, options);
  };
  await backend.publish('a', 1);
  await backend.publish('a', 2);
  expect(added).toEqual([]);
  await takeAndPostpone();
  await takeAndPostpone();
  expect(added).toEqual(['online']);
  goOnline();
  expect(added).toEqual([]);
  await takeAndPostpone();
  expect(added).toEqual(['online']);
  await backend.shutdown();
  expect(added).toEqual([]);
});

test('online: over a synchronous channel the events are delivered with the next drain', () => {
  const runtime = new ManualRuntime();
  const events = new SyncEventChannel({ backend: syncMemoryBackend({ runtime }), observer });
  let calls = 0;
  events.listen('orders', () => {
    calls += 1;
    if (calls === 1) throw new RetryError(HOUR_MS, { reason: 'offline' });
  });
  events.publish('orders', 1);
  events.drain();
  events.drain();
  expect(calls).toBe(1);
  goOnline();
  events.drain();
  expect(calls).toBe(2);
  events.shutdown();
});

test('retryNow: over memory it makes events due, with a reason only those of that reason', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await delivery?.nack({ delayMs: HOUR_MS });
  expect(await events.retryNow('orders', { reason: 'offline' })).toBe(0);
  expect(await events.retryNow('orders')).toBe(1);
  await events.shutdown();
});
