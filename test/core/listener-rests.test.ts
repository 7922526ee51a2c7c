// Covers src/core/listener.ts, src/core/retry.ts
import { expect, test } from 'vitest';
import { AcklineError, EventChannel } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { deferred } from '../support/deferred.ts';

const error = new AcklineError('storage', 'disk on fire');

test('listen: on a backend that cannot delay, a failing handler rests before it is given more', async () => {
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

test('listen: a rest ends in its time though the clock is set back meanwhile', async () => {
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

test('listen: of two rests the one that ends later holds', async () => {
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

/** A bare backend whose claims fail in the same turn, and how often they were asked for. */
function failingBackend() {
  const backend = bareBackend();
  let calls = 0;
  backend.dequeue = () => {
    calls += 1;
    // Without an end a listener that tries again at once would keep the test's thread for ever.
    return calls > 10_000 ? new Promise<never>(() => {}) : Promise.reject(error);
  };
  return { backend, calls: () => calls };
}

test('listen: a backend that fails at once is tried again after a pause, with backoffBaseMs 0 too', async () => {
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

test('listen: over the platform’s timers a backend that fails at once leaves the thread to others', async () => {
  const { backend, calls } = failingBackend();
  const events = new EventChannel({ backend, observer: () => {}, backoffBaseMs: 0 });
  const listener = events.listen('orders', () => {});
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(calls()).toBeLessThan(100);
  await listener.stop();
});

test('listen: on a backend that cannot delay, a failing handler rests with backoffBaseMs 0 too', async () => {
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
