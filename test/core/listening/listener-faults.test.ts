// Covers src/core/listening/channel-listener.ts, src/core/listening/retry.ts
import { expect, test } from 'vitest';
import { AcklineError, EventChannel, type ObserverEvent } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

const error = new AcklineError('storage', 'disk on fire');

test('listen: after a failing dequeue the listener reports a fault, waits and claims again', async () => {
  const faults = [1, 2, 3].map((nth) => ({ kind: 'fail', call: 'claim', nth, error }) as const);
  const { runtime, events, observer } = openChannel({}, faults);
  const seen: unknown[] = [];
  const listener = events.listen('orders', ({ payload }) => seen.push(payload));
  await events.publish('orders', 'one');
  await runtime.settle();
  expect(seen).toEqual([]);
  await runtime.advance(10_000);
  expect(seen).toEqual(['one']);
  expect(listener.status).toBe('running');
  const fault = { type: 'fault', during: 'dequeue', channel: 'orders', error };
  expect(observer.of('fault')).toEqual([fault, fault, fault]);
});

test('listen: the waits between failing dequeues grow, and a success resets them', async () => {
  const failing = [1, 2, 3, 4, 5, 6, 9, 10];
  const faults = failing.map((nth) => ({ kind: 'fail', call: 'claim', nth, error }) as const);
  const { runtime, backend } = openChannel({}, faults);
  const times: number[] = [];
  const observer = ({ type }: ObserverEvent) => {
    if (type === 'fault') times.push(runtime.now());
  };
  const events = new EventChannel({ backend, observer, pollIntervalMs: 500 });
  events.listen('orders', () => {});
  await runtime.advance(120_000);
  expect(times.length).toBe(failing.length);
  const waits = times.slice(1).map((time, index) => time - Number(times[index]));
  for (const [index, ms] of waits.slice(0, 5).entries())
    expect(ms).toBeLessThanOrEqual(1_000 * 2 ** index);
  expect(Math.max(...waits.slice(0, 5))).toBeGreaterThan(2_000);
  expect(waits.at(-1)).toBeLessThanOrEqual(1_000);
});

test('listen: when the answer to a claim was lost, the event is delivered after its lease has expired', async () => {
  const { runtime, events } = openChannel({ leaseMs: 5_000 }, [
    { kind: 'drop', call: 'claim', nth: 1, error },
  ]);
  const attempts: number[] = [];
  await events.publish('orders', 1);
  events.listen('orders', (delivery) => attempts.push(delivery.attempts));
  await runtime.advance(10_000);
  expect(attempts).toEqual([2]);
});

test('listen: an ack that fails is reported, and the event is delivered again after its lease', async () => {
  const { runtime, events, observer } = openChannel({ leaseMs: 5_000 }, [
    { kind: 'fail', call: 'settle', nth: 1, error },
  ]);
  const attempts: number[] = [];
  events.listen('orders', (delivery) => attempts.push(delivery.attempts));
  await events.publish('orders', 1);
  await runtime.advance(4_999);
  expect(attempts).toEqual([1]);
  await runtime.advance(1);
  expect(attempts).toEqual([1, 2]);
  expect(observer.of('fault')).toEqual([
    { type: 'fault', during: 'settle', channel: 'orders', error },
  ]);
});

test('listen: after its backend was shut down, the listener stops', async () => {
  const { runtime, backend, events, observer } = openChannel();
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  await backend.shutdown();
  await runtime.advance(1_000);
  await listener.closed;
  expect(listener.status).toBe('stopped');
  expect(observer.of('fault')).toEqual([]);
});

test('listen: over a backend that answers at once the listener waits for the poll interval between claims', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime, pollIntervalMs: 1_000 });
  events.listen('orders', () => {});
  await runtime.advance(10_000);
  expect(backend.calls.filter(([verb]) => verb === 'dequeue').length).toBe(11);
  await events.shutdown();
});

test('listen: over a backend of five verbs it acks, nacks without delay, and never extends', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const observer = recordingObserver();
  const events = new EventChannel({ backend, runtime, observer });
  const attempts: number[] = [];
  events.listen('orders', async (delivery) => {
    attempts.push(delivery.attempts);
    if (delivery.attempts === 1) throw new Error('once');
  });
  await events.publish('orders', 1);
  await runtime.advance(3_600_000);
  expect(attempts).toEqual([1, 2]);
  expect(observer.of('settled').map(({ verb }) => verb)).toEqual(['nack', 'ack']);
  await events.shutdown();
});

test('listen: over a backend without leases a handler that hangs is not aborted', async () => {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime });
  const handler = deferred();
  let isAborted: boolean | undefined;
  events.listen('orders', async ({ signal }) => {
    await handler.promise;
    isAborted = signal.aborted;
  });
  await events.publish('orders', 1);
  await runtime.advance(3_600_000);
  handler.resolve();
  await runtime.settle();
  expect(isAborted).toBe(false);
  await events.shutdown();
});
