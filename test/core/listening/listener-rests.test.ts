// Covers src/core/listening/channel-listener.ts, src/core/listening/retry.ts
import { expect, test } from 'vitest';
import { AcklineError, EventChannel } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';

const error = new AcklineError('storage', 'disk on fire');

test('listen: over a backend without delayMs a listener pauses after a failed handler', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: bareBackend(), runtime, observer: () => {} });
  await events.publish('orders', 1);
  let calls = 0;
  const listener = events.listen('orders', () => {
    calls += 1;
    throw new Error('broken');
  });
  await runtime.settle();
  expect(calls).toBe(1);
  await runtime.advance(60_000);
  expect(calls).toBeGreaterThan(3);
  expect(calls).toBeLessThan(200);
  await listener.stop();
});

test('listen: when the clock is set back during such a pause, the pause still ends in time', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: bareBackend(), runtime, observer: () => {} });
  await events.publish('orders', 1);
  let calls = 0;
  const listener = events.listen('orders', () => {
    calls += 1;
    throw new Error('broken');
  });
  await runtime.settle();
  runtime.jumpTo(0);
  await runtime.advance(60_000);
  expect(calls).toBeGreaterThan(3);
  await listener.stop();
});

test('listen: of two such pauses the one that ends later applies', async () => {
  const clock = new ManualRuntime();
  const runtime = {
    now: () => clock.now(),
    after: (ms: number, run: () => void) => clock.after(ms, run),
    randomId: () => clock.randomId(),
    random: () => 0.5,
  };
  const events = new EventChannel({ backend: bareBackend(), runtime, observer: () => {} });
  const startedAt = clock.now();
  const starts: number[] = [];
  const late = deferred();
  for (const payload of [1, 2]) await events.publish('orders', payload);
  const listener = events.listen(
    'orders',
    async ({ payload }) => {
      starts.push(clock.now() - startedAt);
      if (payload === 2) await late.promise;
      throw new Error('broken');
    },
    { concurrency: 2, backoffBaseMs: 2_000 },
  );
  await clock.settle();
  expect(starts).toEqual([0, 0]);
  await clock.advance(600);
  late.resolve();
  await clock.advance(999);
  expect(starts).toEqual([0, 0]);
  await clock.advance(1_001);
  expect(starts.length).toBeGreaterThan(2);
  await listener.stop();
});

/** A bare backend whose claims fail within the same task, with a count of these claims. */
function failingBackend() {
  const backend = bareBackend();
  let calls = 0;
  backend.dequeue = () => {
    calls += 1;
    // Without this end a listener that claims again at once would never yield the test's thread.
    return calls > 10_000 ? new Promise<never>(() => {}) : Promise.reject(error);
  };
  return { backend, calls: () => calls };
}

test('listen: with backoffBaseMs 0 a listener still pauses after a claim that failed at once', async () => {
  const runtime = new ManualRuntime();
  const { backend, calls } = failingBackend();
  const events = new EventChannel({ backend, runtime, observer: () => {}, backoffBaseMs: 0 });
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  expect(calls()).toBe(1);
  await runtime.advance(1_000);
  expect(calls()).toBeGreaterThan(10);
  expect(calls()).toBeLessThanOrEqual(101);
  await listener.stop();
});

test('listen: with the platform’s timers a listener yields the thread after a claim that failed at once', async () => {
  const { backend, calls } = failingBackend();
  const events = new EventChannel({ backend, observer: () => {}, backoffBaseMs: 0 });
  const listener = events.listen('orders', () => {});
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(calls()).toBeLessThan(100);
  await listener.stop();
});

test('listen: with backoffBaseMs 0 over a backend without delayMs a listener still pauses after a failed handler', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime, observer: () => {}, backoffBaseMs: 0 });
  await events.publish('orders', 1);
  let calls = 0;
  const listener = events.listen('orders', () => {
    calls += 1;
    throw new Error('broken');
  });
  await runtime.settle();
  expect(calls).toBe(1);
  await runtime.advance(100);
  expect(calls).toBeGreaterThan(5);
  expect(calls).toBeLessThanOrEqual(11);
  await listener.stop();
});
