import { watchStats } from 'ackline/inspection';
import { expect, test, vi } from 'vitest';
import { type ChannelStats, EventChannel, memoryBackend } from '../../src/index.ts';
import { OutboxStore } from '../../src/outbox/outbox-store.ts';
import { createOutbox, type OutboxSnapshot } from '../../src/outbox.ts';
import type { Fault } from '../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import { openChannel } from '../support/open-channel.ts';
import { openFilled } from './open-outbox.ts';

test('subscribe: calls now and at each change, with the same object until something changes', async () => {
  const { requests, runtime, view, outbox, publish } = await openFilled(1);
  const seen: OutboxSnapshot[] = [];
  const stop = view.subscribe((snapshot) => void seen.push(snapshot));
  expect(seen).toEqual([
    {
      state: 'sending',
      pauseReason: null,
      waiting: null,
      sending: null,
      failed: null,
      lastError: null,
      nextAttemptAt: null,
    },
  ]);
  await runtime.advance(50);
  expect(view.getSnapshot()).toMatchObject({ waiting: 0, sending: 1, failed: 0 });
  expect(view.getSnapshot()).toBe(seen.at(-1));
  const before = seen.length;
  await runtime.advance(50);
  expect(seen.length).toBe(before);
  requests[0]?.answer({ result: 'reject', reason: '422' });
  await runtime.advance(100);
  expect(seen.at(-1)).toMatchObject({
    state: 'idle',
    sending: 0,
    failed: 1,
    lastError: { message: '422' },
  });
  outbox.pause('later');
  await publish(2);
  await runtime.advance(3_600_000);
  expect(seen.at(-1)).toMatchObject({ state: 'paused', pauseReason: 'later', waiting: 2 });
  stop();
  const calls = seen.length;
  outbox.resume();
  await runtime.advance(100);
  expect(seen.length).toBe(calls);
  await outbox.stop({ mode: 'release' });
});

test('the counts: are read only while a subscriber or whenIdle waits for them, and at most every 50 ms', async () => {
  const runtimeAndAll = openChannel({ pollIntervalMs: 3_600_000 });
  const { events, runtime, store } = runtimeAndAll;
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: () => undefined,
    maxConcurrency: 1,
  });
  const drafts = Array.from({ length: 200 }, () => ({ channel: 'orders', payload: 1 }));
  await events.publishMany(drafts);
  await runtime.advance(60_000);
  expect(store.calls.stats).toBe(0);
  const stop = outbox.watch().subscribe(() => undefined);
  await events.publishMany(drafts);
  await runtime.advance(100);
  expect(store.calls.stats).toBeGreaterThan(1);
  expect(store.calls.stats).toBeLessThanOrEqual(4);
  stop();
  const calls = store.calls.stats;
  await runtime.advance(24 * 3_600_000);
  expect(store.calls.stats).toBeLessThanOrEqual(calls + 1);
  await outbox.stop();
});

test('stats: the counts come from a store of watchStats, and are not polled', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }) });
  const polls = vi.spyOn(events, 'stats');
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: () => undefined,
    stats: watchStats(events, 'orders'),
  });
  outbox.pause();
  const seen: (number | null)[] = [];
  const stop = outbox.watch().subscribe(({ waiting }) => void seen.push(waiting));
  await runtime.advance(3_600_000);
  await events.publishMany([1, 2].map((payload) => ({ channel: 'orders', payload })));
  await runtime.advance(1_000);
  expect(seen.at(-1)).toBe(2);
  expect(polls).not.toHaveBeenCalled();
  stop();
  await events.publish('orders', 3);
  await runtime.advance(10_000);
  expect(seen.at(-1)).toBe(2);
  outbox.resume();
  const idle = outbox.whenIdle();
  await runtime.advance(1_000);
  await idle;
  expect(() =>
    createOutbox({ events, channel: 'orders', send: () => {}, stats: {} as never }),
  ).toThrow('stats must be a store of watchStats');
  await outbox.stop();
});

test('whenIdle: resolves when nothing waits and nothing is sent, also what another context sends', async () => {
  const { requests, runtime, outbox, other } = await openFilled(2);
  const borrowed = await other.dequeue('orders', 0);
  let isIdle = false;
  const idle = outbox.whenIdle().then(() => {
    isIdle = true;
  });
  requests[0]?.answer({ result: 'done' });
  await runtime.advance(100);
  expect(isIdle).toBe(false);
  await other.ack(borrowed?.eventId ?? '', borrowed?.lease);
  await runtime.advance(3_600_000);
  await idle;
  expect(requests.length).toBe(1);
  await outbox.stop();
});

test('whenIdle: a dead letter does not wait, and a pause does', async () => {
  const { requests, runtime, outbox } = await openFilled(2);
  let isIdle = false;
  const idle = outbox.whenIdle().then(() => {
    isIdle = true;
  });
  outbox.pause();
  requests[0]?.answer({ result: 'reject', reason: '400' });
  await runtime.advance(3_600_000);
  expect(isIdle).toBe(false);
  outbox.resume();
  await runtime.settle();
  requests[1]?.answer({ result: 'done' });
  await runtime.advance(100);
  await idle;
  await outbox.stop();
});

test('whenIdle: rejects with the reason of its signal, and with closed at a shutdown', async () => {
  const { outbox, events, runtime } = await openFilled(1);
  const reason = new Error('left the page');
  await expect(outbox.whenIdle({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const leaving = new AbortController();
  const left = expect(outbox.whenIdle({ signal: leaving.signal })).rejects.toBe(reason);
  leaving.abort(reason);
  await left;
  await expect(outbox.whenIdle({ signal: 5 as never })).rejects.toThrow('an AbortSignal');
  const closed = expect(outbox.whenIdle()).rejects.toMatchObject({ code: 'closed' });
  await events.shutdown({ mode: 'release' });
  await runtime.advance(3_600_000);
  await closed;
});

test('faults: those of a read reach whenIdle or the observer, and those of a subscriber the observer', async () => {
  const error = new Error('disk on fire');
  const faults: Fault[] = [1, 2].map((nth) => ({ kind: 'fail', call: 'stats', nth, error }));
  const { events, runtime, observer } = openChannel({ pollIntervalMs: 1_000 }, faults);
  const outbox = createOutbox({ events, channel: 'orders', send: () => undefined });
  await expect(outbox.whenIdle()).rejects.toBe(error);
  const broken = new Error('no such element');
  const stop = outbox.watch().subscribe(() => {
    throw broken;
  });
  await runtime.advance(100);
  const errors = observer.of('fault').map((fault) => fault.error);
  expect(errors.slice(0, 2)).toEqual([broken, error]);
  await runtime.advance(1_000);
  expect(outbox.watch().getSnapshot()).toMatchObject({ waiting: 0 });
  stop();
  await outbox.stop();
});

test('whenIdle: a read that began before the call proves nothing', async () => {
  const runtime = new ManualRuntime();
  const reads: Deferred<ChannelStats>[] = [];
  const store = new OutboxStore({
    runtime,
    intervalMs: 1_000,
    canCount: true,
    counts: undefined,
    readStatus: () => ({ state: 'idle', pauseReason: null, lastError: null, nextAttemptAt: null }),
    readCounts: () => {
      const read = deferred<ChannelStats>();
      reads.push(read);
      return read.promise;
    },
    onFault: () => undefined,
  });
  const empty = { ready: 0, scheduled: 0, leased: 0, dead: 0 };
  store.view.subscribe(() => undefined);
  let isIdle = false;
  void store.untilEmpty().then(() => {
    isIdle = true;
  });
  reads[0]?.resolve(empty);
  await runtime.advance(50);
  expect([isIdle, reads.length]).toEqual([false, 2]);
  reads[1]?.resolve(empty);
  await runtime.settle();
  expect(isIdle).toBe(true);
});
