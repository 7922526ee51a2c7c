// Covers src/core/listening/retry.ts, src/core/reports/errors.ts, src/core/options/settling-options.ts
import { expect, test } from 'vitest';
import { EventChannel, RetryError } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { openChannel } from '../../support/open-channel.ts';

test('RetryError: it accepts options in place of a message, or after it', () => {
  const cause = new Error('x');
  const postponed = new RetryError(5, { countsAsAttempt: false, cause });
  expect(postponed).toMatchObject({ delayMs: 5, countsAsAttempt: false, cause });
  expect(postponed.message).toBe('retry in 5 ms');
  const named = new RetryError(5, 'offline', { countsAsAttempt: false, cause });
  expect(named).toMatchObject({ message: 'offline', countsAsAttempt: false, cause });
  expect(new RetryError(5, 'later')).toMatchObject({ message: 'later', countsAsAttempt: true });
});

test('RetryError: with countsAsAttempt false an event is retried without end, and its attempts stay the same', async () => {
  const { runtime, events, observer } = openChannel({ maxAttempts: 2 });
  const seen: number[] = [];
  events.listen('orders', ({ attempts }) => {
    seen.push(attempts);
    throw new RetryError(1_000, { countsAsAttempt: false });
  });
  await events.publish('orders', 1);
  await runtime.advance(100_000);
  expect(seen).toEqual(Array.from({ length: 101 }, () => 1));
  expect(observer.of('dead-lettered')).toEqual([]);
  expect(observer.of('retry-scheduled').length).toBe(101);
  expect(observer.of('handler-error').at(-1)).toMatchObject({ maxAttempts: 2, delayMs: 1_000 });
  await events.shutdown();
});

test('RetryError: with countsAsAttempt false and a delay of 0 the listener yields the thread', async () => {
  const { runtime, events } = openChannel();
  let calls = 0;
  events.listen('orders', () => {
    calls += 1;
    if (calls < 1_000) throw new RetryError(0, { countsAsAttempt: false });
  });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(calls).toBe(1);
  await runtime.advance(10);
  expect(calls).toBe(11);
  await events.shutdown();
});

test('RetryError: over a backend without countsAsAttempt a fault is reported, and the event is retried', async () => {
  const runtime = new ManualRuntime();
  const observer = recordingObserver();
  const events = new EventChannel({ backend: bareBackend(), runtime, observer });
  const listener = events.listen('orders', ({ attempts }) => {
    if (attempts === 1) throw new RetryError(5, { countsAsAttempt: false });
  });
  await events.publish('orders', 1);
  await runtime.advance(10_000);
  expect(observer.of('fault').map(({ error }) => error)).toMatchObject([{ code: 'unsupported' }]);
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['nack', 'ack']);
  await listener.stop();
});

test('RetryError: with offline the attempt does not count by default, and no other reason is set', () => {
  const options = { reason: 'offline' } as const;
  expect(new RetryError(5, options)).toMatchObject({ reason: 'offline', countsAsAttempt: false });
  const counted = new RetryError(5, 'no network', { ...options, countsAsAttempt: true });
  expect(counted).toMatchObject({ reason: 'offline', countsAsAttempt: true });
  expect('reason' in new RetryError(5)).toBe(false);
});

test('RetryError: with offline and countsAsAttempt the last attempt makes a dead letter with that error', async () => {
  const { runtime, events } = openChannel({ maxAttempts: 2 });
  events.listen('orders', () => {
    throw new RetryError(5, 'no network', { reason: 'offline', countsAsAttempt: true });
  });
  await events.publish('orders', 1);
  await runtime.advance(100);
  const lastError = { name: 'RetryError', message: 'no network', reason: 'offline' };
  expect(await events.deadLetters('orders')).toMatchObject([{ attempts: 2, lastError }]);
  await events.shutdown();
});

test('RetryError: over a backend without retry reasons an offline event waits for its delay', async () => {
  const { runtime, backend, observer } = openChannel();
  const { offline: _, ...capabilities } = backend.capabilities;
  const lacking = Object.assign(Object.create(backend), { capabilities });
  for (const verb of ['nack', 'dequeueMany', 'publish', 'ack', 'dequeue', 'shutdown', 'observe'])
    lacking[verb] = (...given: unknown[]) =>
      (backend as unknown as Record<string, (...given: unknown[]) => unknown>)[verb]?.(...given);
  const events = new EventChannel({ backend: lacking, observer });
  const seen: number[] = [];
  events.listen('orders', ({ attempts }) => {
    seen.push(attempts);
    if (seen.length === 1) throw new RetryError(5, { reason: 'offline' });
  });
  await events.publish('orders', 1);
  await runtime.advance(100);
  expect(seen).toEqual([1, 1]);
  expect(observer.of('fault')).toEqual([]);
  await expect(events.nack('x', { reason: 'offline' })).rejects.toMatchObject({
    code: 'unsupported',
  });
  await expect(events.retryNow('orders', { reason: 'offline' })).rejects.toMatchObject({
    code: 'unsupported',
  });
  await events.shutdown();
});

test('nack: over a backend without countsAsAttempt that option is refused', async () => {
  const events = new EventChannel({ backend: bareBackend(), runtime: new ManualRuntime() });
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await expect(delivery?.nack({ countsAsAttempt: false })).rejects.toMatchObject({
    code: 'unsupported',
  });
});

test('handler-error: it reports the attempt, maxAttempts and the delay of the next attempt', async () => {
  const { runtime, events, observer } = openChannel({ maxAttempts: 3 });
  events.listen('orders', () => {
    throw new Error('broken');
  });
  await events.publish('orders', 1);
  await runtime.advance(60_000);
  const errors = observer.of('handler-error');
  expect(errors.map(({ attempts, maxAttempts }) => [attempts, maxAttempts])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  const scheduled = observer.of('retry-scheduled').map(({ delayMs }) => delayMs);
  expect(errors.map(({ delayMs }) => delayMs)).toEqual([...scheduled, null]);
  expect(observer.of('dead-lettered')).toMatchObject([{ attempts: 3 }]);
});

test('handler-error: for an event that its handler settled it reports no delay', async () => {
  const { runtime, events, observer } = openChannel();
  events.listen('orders', (delivery) => {
    void delivery.ack();
    throw new Error('too late');
  });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(observer.of('handler-error').map(({ delayMs }) => delayMs)).toEqual([undefined]);
});
