// Covers src/core/runtime/ignore.ts
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { defaultObserver } from '../../../src/core/reports/default-observer.ts';
import { type ObserverEvent, safeObserver } from '../../../src/core/reports/observer.ts';
import { EventChannel, memoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';

const published: ObserverEvent = { type: 'published', channel: 'orders', eventId: 'a' };

test('safeObserver: each event is passed to the observer', () => {
  const observer = recordingObserver();
  safeObserver(observer)(published);
  expect(observer.events).toEqual([published]);
});

test('safeObserver: when the observer throws or rejects, no error reaches the caller', async () => {
  safeObserver(() => {
    throw new Error('thrown');
  })(published);
  // The test runner fails on an unhandled rejection.
  safeObserver(() => Promise.reject(new Error('rejected')))(published);
  // This promise is of another realm, so it is no instance of this realm's `Promise`.
  safeObserver(() => runInNewContext('Promise.reject(1)'))(published);
  await new ManualRuntime().settle();
});

test('channel: publish, claim and settlement are reported without payload or metadata', async () => {
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

test('channel: with an observer that throws it still works', async () => {
  const observer = () => {
    throw new Error('broken observer');
  };
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  await events.publish('orders', 1);
  expect(await (await events.dequeue('orders'))?.ack()).toBe('ok');
});

test('default observer: only errors are printed with console.error', () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const error = new Error('broken');
    defaultObserver(published);
    expect(printed).not.toHaveBeenCalled();
    const about = { channel: 'orders', error };
    defaultObserver({ type: 'handler-error', ...about, eventId: 'a', attempts: 1 });
    defaultObserver({ type: 'fault', ...about, during: 'dequeue' });
    expect(printed.mock.calls).toEqual([
      ['ackline: handler-error on orders, event a, attempt 1', error],
      ['ackline: fault on orders', error],
    ]);
  } finally {
    printed.mockRestore();
  }
});

test('default observer: losses that no caller requested are printed with console.warn', () => {
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

test('default observer: it prints the failed attempt, the delay of the next one, and dead letters', () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
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
  expect(printed.mock.calls).toEqual([
    ['ackline: handler-error on orders, event a, attempt 2 of 3, next in 734 ms', 'x'],
    ['ackline: handler-error on orders, event a, attempt 3 of 3, no further attempt', 'y'],
  ]);
  expect(warned.mock.calls).toEqual([
    ['ackline: dead letter on orders, event a after 3 attempts: attempts-exhausted'],
    ['ackline: dead letter on orders, event a: rejected'],
  ]);
  printed.mockRestore();
  warned.mockRestore();
});
