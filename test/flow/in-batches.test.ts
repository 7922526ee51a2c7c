import { expect, test } from 'vitest';
import type { BatchHandler } from '../../src/flow/batch-results.ts';
import { inBatches } from '../../src/flow/in-batches.ts';
import { EventChannel } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { deferred } from '../support/deferred.ts';
import { openBatches, payloadsOf } from '../support/open-batches.ts';

test('inBatches: calls the handler with up to size deliveries, and acknowledges them', async () => {
  const { events, runtime, listen, publish, seen, end, other } = openBatches(2, 0);
  await publish(1, 2, 3);
  const listener = listen();
  await runtime.settle();
  expect(seen()).toEqual([[1, 2]]);
  await end(0);
  expect(seen()).toEqual([[1, 2], [3]]);
  await end(1);
  expect(await other.stats('mail')).toMatchObject({ ready: 0, leased: 0 });
  await listener.stop();
  await events.shutdown();
});

test('inBatches: a first event waits for others for at most maxWaitMs', async () => {
  const { runtime, listen, publish, seen, end } = openBatches(3, 200);
  const listener = listen();
  await publish(1);
  await runtime.advance(150);
  await publish(2);
  await runtime.advance(49);
  expect(seen()).toEqual([]);
  await runtime.advance(1);
  expect(seen()).toEqual([[1, 2]]);
  await end(0);
  await publish(3, 4, 5);
  await runtime.settle();
  expect(seen()).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  await end(1);
  await listener.stop();
});

test('inBatches: the leases of events that wait for others are extended', async () => {
  const { runtime, listen, publish, seen, end, other } = openBatches(3, 100_000);
  const listener = listen();
  await publish(1);
  await runtime.advance(99_999);
  expect(await other.dequeue('mail', 0)).toBe(null);
  await runtime.advance(1);
  expect(seen()).toEqual([[1]]);
  await end(0);
  expect(await other.stats('mail')).toMatchObject({ ready: 0, leased: 0 });
  await listener.stop();
});

test('inBatches: concurrency counts batches, and while so many run nothing is leased ahead', async () => {
  const { events, runtime, batches, running, publish, other } = openBatches(2, 0);
  await publish(1, 2, 3, 4, 5, 6);
  const handler: BatchHandler = async (deliveries) => {
    batches.push(deliveries);
    const end = deferred();
    running.push(end as never);
    await end.promise;
  };
  const listener = events.listen('mail', inBatches(handler, { size: 2 }), { concurrency: 2 });
  await runtime.settle();
  expect(batches.map(payloadsOf)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect((await other.dequeue('mail', 0))?.payload).toBe(5);
  for (const { resolve } of running) resolve(undefined);
  await runtime.settle();
  expect(batches.map(payloadsOf).at(-1)).toEqual([6]);
  running.at(-1)?.resolve(undefined);
  await listener.stop();
});

test('inBatches: when a batch starts by time, its listener stops waiting for more', async () => {
  const { runtime, listen, publish, seen, end, other } = openBatches(3, 200);
  const listener = listen();
  await publish(1);
  await runtime.advance(200);
  expect(seen()).toEqual([[1]]);
  await publish(2);
  await runtime.settle();
  // The batch runs, so an idle competitor receives the next event with its first claim.
  expect((await other.dequeue('mail', 0))?.payload).toBe(2);
  await end(0);
  await listener.stop();
});

test('stop: with mode release aborts every delivery of a running batch', async () => {
  const { runtime, batches, listen, publish, end, other } = openBatches(2, 0);
  await publish(1, 2);
  const listener = listen();
  await runtime.settle();
  await listener.stop({ mode: 'release' });
  expect(batches[0]?.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  expect(await other.stats('mail')).toMatchObject({ ready: 2, leased: 0 });
  await end(0);
});

test('inBatches: over a backend that leases one event at a time, maxWaitMs makes batches', async () => {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: bareBackend(), runtime, observer: () => {} });
  const seen: unknown[][] = [];
  const note: BatchHandler = (deliveries) => void seen.push(payloadsOf(deliveries));
  for (const payload of [1, 2, 3]) await events.publish('mail', payload);
  const listener = events.listen('mail', inBatches(note, { size: 2, maxWaitMs: 100 }));
  await runtime.advance(100);
  expect(seen).toEqual([[1, 2], [3]]);
  await listener.stop();
});

test('inBatches: refuses options out of range, by name', () => {
  const given = (options: unknown) => () => inBatches(() => {}, options as never);
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, 'options must be an object, got undefined'],
    [{}, 'size must be a whole number from 1, got undefined'],
    [{ size: 0 }, 'size must be a whole number from 1, got 0'],
    [{ size: 1, maxWaitMs: -1 }, 'maxWaitMs must be a whole number of milliseconds from 0, got -1'],
    [{ size: 1, maxwaitMs: 1 }, 'there is no option "maxwaitMs"'],
  ];
  for (const [options, message] of cases) expect(given(options)).toThrow(new TypeError(message));
});
