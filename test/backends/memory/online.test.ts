// Covers src/queue/retry-now.ts, src/core/retry-now-options.ts, src/backends/memory/memory-store.ts
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

/** What becomes of events that wait for the network when the platform says that it is back. */

const HOUR_MS = 3_600_000;
const observer = recordingObserver();

let added: string[];
let context: EventTarget;

beforeEach(() => {
  onTestFinished(() => void vi.unstubAllGlobals());
  context = new EventTarget();
  added = [];
  vi.stubGlobal('addEventListener', (type: string, hear: EventListener) => {
    added.push(type);
    context.addEventListener(type, hear);
  });
  vi.stubGlobal('removeEventListener', (type: string, hear: EventListener) => {
    added.splice(added.indexOf(type), 1);
    context.removeEventListener(type, hear);
  });
});

const goOnline = () => context.dispatchEvent(new Event('online'));

test('online: makes due what failed for want of the network, and nothing else', async () => {
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

test('online: is listened for only while something waits for it and a backend is there', async () => {
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

test('online: what waits in a synchronous channel comes with its next drain', () => {
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

test('retryNow: a channel over memory has it, also with a reason', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await delivery?.nack({ delayMs: HOUR_MS });
  expect(await events.retryNow('orders', { reason: 'offline' })).toBe(0);
  expect(await events.retryNow('orders')).toBe(1);
  await events.shutdown();
});
