// Covers src/core/ignore.ts
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { defaultObserver } from '../../src/core/default-observer.ts';
import { type ObserverEvent, safeObserver } from '../../src/core/observer.ts';
import { EventChannel, memoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../src/testing/recording-observer.ts';

const published: ObserverEvent = { type: 'published', channel: 'orders', eventId: 'a' };

test('safeObserver: passes each event on', () => {
  const observer = recordingObserver();
  safeObserver(observer)(published);
  expect(observer.events).toEqual([published]);
});

test('safeObserver: an observer that throws or rejects is heard by nobody', async () => {
  safeObserver(() => {
    throw new Error('thrown');
  })(published);
  // The runner fails on an unhandled rejection.
  safeObserver(() => Promise.reject(new Error('rejected')))(published);
  // Of another realm, as what is no instance of a patched global `Promise`.
  safeObserver(() => runInNewContext('Promise.reject(1)'))(published);
  await new ManualRuntime().settle();
});

test('channel: reports publish, claim and settlement, without payload or metadata', async () => {
  const observer = recordingObserver();
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  const eventId = await events.publish('orders', 'secret', { trace: 'secret' });
  const delivery = await events.dequeue('orders');
  await delivery?.extend(5_000);
  await delivery?.nack();
  await delivery?.ack();
  const about = { channel: 'orders', eventId };
  expect(observer.events).toEqual([
    { type: 'published', ...about },
    { type: 'claimed', ...about, attempts: 1 },
    { type: 'settled', ...about, verb: 'extend', settlement: 'ok' },
    { type: 'settled', ...about, verb: 'nack', settlement: 'ok' },
    { type: 'settled', ...about, verb: 'ack', settlement: 'stale' },
  ]);
  expect(JSON.stringify(observer.events)).not.toContain('secret');
});

test('channel: an observer that throws does not break it', async () => {
  const observer = () => {
    throw new Error('broken observer');
  };
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  await events.publish('orders', 1);
  expect(await (await events.dequeue('orders'))?.ack()).toBe('ok');
});

test('default observer: tells the console of errors only', () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const error = new Error('broken');
    defaultObserver(published);
    expect(told).not.toHaveBeenCalled();
    const about = { channel: 'orders', error };
    defaultObserver({ type: 'handler-error', ...about, eventId: 'a', attempts: 1 });
    defaultObserver({ type: 'fault', ...about, during: 'dequeue' });
    expect(told.mock.calls).toEqual([
      ['ackline: handler-error on orders, event a, attempt 1', error],
      ['ackline: fault on orders', error],
    ]);
  } finally {
    told.mockRestore();
  }
});

test('default observer: warns of what is lost without anybody having asked for it', () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const dropped = { type: 'dead-letters-dropped', channel: 'orders', count: 3 } as const;
  defaultObserver(dropped);
  defaultObserver({ type: 'storage-reset' });
  expect(warned.mock.calls).toEqual([
    ['ackline: dead-letters-dropped', dropped],
    ['ackline: storage-reset', { type: 'storage-reset' }],
  ]);
  warned.mockRestore();
});

test('default observer: says which attempt has failed, when the next comes, and what has died', () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const failed = {
    type: 'handler-error',
    channel: 'orders',
    eventId: 'a',
    maxAttempts: 3,
  } as const;
  defaultObserver({ ...failed, attempts: 2, delayMs: 734, error: 'x' });
  defaultObserver({ ...failed, attempts: 3, delayMs: null, error: 'y' });
  const dead = { type: 'dead-lettered', channel: 'orders', eventId: 'a' } as const;
  defaultObserver({ ...dead, reason: 'attempts-exhausted', attempts: 3 });
  defaultObserver({ ...dead, reason: 'rejected' });
  expect(told.mock.calls).toEqual([
    ['ackline: handler-error on orders, event a, attempt 2 of 3, next in 734 ms', 'x'],
    ['ackline: handler-error on orders, event a, attempt 3 of 3, no further attempt', 'y'],
  ]);
  expect(warned.mock.calls).toEqual([
    ['ackline: dead letter on orders, event a after 3 attempts: attempts-exhausted'],
    ['ackline: dead letter on orders, event a: rejected'],
  ]);
  told.mockRestore();
  warned.mockRestore();
});
