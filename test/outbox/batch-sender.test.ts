import { expect, test } from 'vitest';
import type { Delivery } from '../../src/index.ts';
import {
  type BatchOutcome,
  type BatchSend,
  batchSender,
  createOutbox,
  type SendOutcome,
} from '../../src/outbox.ts';
import { deferred } from '../support/deferred.ts';
import { openFilled } from './open-outbox.ts';

type Answer = readonly (BatchOutcome | undefined)[] | undefined;

/** A server that answers each batch when the test says so. */
function manualBatches(size: number, maxWaitMs = 0) {
  const requests: {
    readonly deliveries: readonly Delivery[];
    readonly signal: AbortSignal;
    readonly answer: (outcomes?: Answer) => void;
    readonly answerAll: (outcome: BatchOutcome) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const send: BatchSend = (deliveries, signal) => {
    const { promise, resolve, reject } = deferred<Answer>();
    signal.addEventListener('abort', () => reject(signal.reason));
    requests.push({
      deliveries,
      signal,
      answer: (outcomes) => resolve(outcomes),
      answerAll: (outcome) => resolve(deliveries.map(() => outcome)),
      fail: reject,
    });
    return promise;
  };
  const payloads = () => requests.map(({ deliveries }) => deliveries.map(({ payload }) => payload));
  return { batches: requests, payloads, send: batchSender(send, { size, maxWaitMs }) };
}

async function openBatches(count: number, size: number, given: object = {}, maxWaitMs = 0) {
  const server = manualBatches(size, maxWaitMs);
  const opened = await openFilled(count, { send: server.send as never, ...given });
  return { ...opened, ...server };
}

test('one request has at most size events, and maxConcurrency counts requests', async () => {
  const { batches, payloads, runtime, outbox, other } = await openBatches(7, 2, {
    maxConcurrency: 2,
  });
  expect(payloads()).toEqual([[0, 1]]);
  batches[0]?.answer();
  await runtime.settle();
  expect(payloads().slice(1)).toEqual([
    [2, 3],
    [4, 5],
  ]);
  batches[1]?.answer();
  batches[2]?.answer();
  await runtime.settle();
  batches[3]?.answer();
  await runtime.settle();
  expect(payloads()[3]).toEqual([6]);
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
  await outbox.stop();
});

test('maxWaitMs: the first event waits for others', async () => {
  const { batches, payloads, runtime, outbox, publish } = await openBatches(1, 3, {}, 500);
  await runtime.advance(499);
  expect(batches.length).toBe(0);
  await publish(2);
  await runtime.settle();
  expect(payloads()).toEqual([[0, 0, 1]]);
  batches[0]?.answer();
  await runtime.settle();
  await publish(1);
  await runtime.advance(500);
  expect(payloads()[1]).toEqual([0]);
  await outbox.stop({ mode: 'release' });
});

test('each event has its own outcome: the rejected one is a dead letter, the failed one comes again', async () => {
  const { batches, payloads, runtime, outbox, events, other } = await openBatches(4, 4);
  const retry: SendOutcome = { result: 'retry', afterMs: 5_000, error: new Error('500') };
  batches[0]?.answer([undefined, { result: 'reject', reason: '422' }, retry, { result: 'done' }]);
  await runtime.settle();
  expect(await events.deadLetters('orders')).toMatchObject([{ payload: 1, note: '422' }]);
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 1 });
  await runtime.advance(5_000);
  expect(payloads()[1]).toEqual([2]);
  await outbox.stop({ mode: 'release' });
});

test('an event that failed is sent by itself, so a poisoned one takes no others along', async () => {
  const { batches, payloads, runtime, outbox, publish } = await openBatches(3, 10, {
    backoffBaseMs: 0,
  });
  batches[0]?.fail(new Error('the server breaks on one of them'));
  await publish(1);
  await runtime.settle();
  expect(payloads()[1]).toEqual([0]);
  for (let at = 1; at < 5; at += 1) {
    batches[at]?.answer();
    await runtime.settle();
  }
  expect(payloads().slice(1).toSorted()).toEqual([[0], [0], [1], [2]]);
  await outbox.stop();
});

test('hold: all events wait, no attempt counts, and the next request is half as large', async () => {
  const { batches, payloads, runtime, outbox, view } = await openBatches(8, 8);
  batches[0]?.answerAll({ result: 'hold', afterMs: 1_000 });
  await runtime.advance(999);
  expect(batches.length).toBe(1);
  expect(view.getSnapshot().nextAttemptAt).toBe(runtime.now() + 1);
  await runtime.advance(101);
  expect(batches[1]?.deliveries.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
  batches[1]?.answerAll({ result: 'hold', afterMs: 1_000 });
  await runtime.advance(1_000);
  // Those that were not sent are due before those that met the failure.
  expect(payloads()[2]).toEqual([4, 5]);
  batches[2]?.answer();
  await runtime.settle();
  expect(payloads()[3]).toEqual([6, 7]);
  batches[3]?.answer();
  await runtime.advance(100);
  expect(payloads()[4]).toEqual([0, 1, 2, 3]);
  await outbox.stop({ mode: 'release' });
});

test('hold for one event of many: those that are done are acknowledged', async () => {
  const { batches, runtime, outbox, other } = await openBatches(3, 3);
  const hold: SendOutcome = { result: 'hold', afterMs: 60_000 };
  batches[0]?.answer([{ result: 'done' }, hold, hold]);
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 2 });
  await outbox.stop();
});

test('unsent: due again at once, and the attempt does not count', async () => {
  const { batches, payloads, runtime, outbox } = await openBatches(2, 2);
  batches[0]?.answer([{ result: 'done' }, { result: 'unsent' }]);
  await runtime.settle();
  expect(payloads()[1]).toEqual([1]);
  expect(batches[1]?.deliveries[0]?.attempts).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('unauthorized: the outbox is paused once, and no attempt counts', async () => {
  let calls = 0;
  const onUnauthorized = () => {
    calls += 1;
  };
  const { batches, runtime, outbox } = await openBatches(3, 3, { onUnauthorized });
  batches[0]?.answerAll({ result: 'unauthorized' });
  await runtime.advance(1);
  expect(calls).toBe(1);
  expect(batches[1]?.deliveries.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  await outbox.stop({ mode: 'release' });
});

test('the network goes: the request is aborted, and nothing counts', async () => {
  const { batches, runtime, network, outbox } = await openBatches(3, 3);
  network.set(false);
  await runtime.settle();
  expect(batches[0]?.signal.aborted).toBe(true);
  network.set(true);
  await runtime.advance(10);
  expect(batches[1]?.deliveries.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  await outbox.stop({ mode: 'release' });
});

test("stop with 'release': the request is aborted and the events are free", async () => {
  const { batches, runtime, outbox, other } = await openBatches(3, 3);
  await outbox.stop({ mode: 'release' });
  await runtime.settle();
  expect(batches[0]?.signal.aborted).toBe(true);
  expect(await other.stats('orders')).toMatchObject({ ready: 3, leased: 0 });
});

test("stop with 'release' during a request: the events of the next request are not sent", async () => {
  const { batches, runtime, outbox } = await openBatches(2, 10, { backoffBaseMs: 0 });
  batches[0]?.fail(new Error('once'));
  await runtime.settle();
  expect(batches[1]?.deliveries.length).toBe(1);
  await outbox.stop({ mode: 'release' });
  await runtime.settle();
  expect(batches.length).toBe(2);
});

test('a batch that waits is released by a pause', async () => {
  const { batches, runtime, outbox, other } = await openBatches(2, 5, {}, 1_000);
  outbox.pause();
  await runtime.advance(2_000);
  expect(batches).toEqual([]);
  expect(await other.stats('orders')).toMatchObject({ ready: 2, leased: 0 });
  await outbox.stop();
});

test('results that do not fit the deliveries fail all of them', async () => {
  const { batches, runtime, outbox, observer } = await openBatches(2, 2, {
    backoffBaseMs: 3_600_000,
  });
  batches[0]?.answer([{ result: 'done' }]);
  await runtime.settle();
  const message = 'result of send must be one outcome for each of its 2 deliveries, got 1';
  expect(observer.of('handler-error')).toMatchObject([
    { error: { message } },
    { error: { message } },
  ]);
  await outbox.stop();
});

test.each<[unknown, unknown, string]>([
  [undefined, { size: 1 }, 'send must be a function'],
  [() => undefined, undefined, 'options must be an object'],
  [() => undefined, { size: 0 }, 'size must be a whole number from 1'],
  [() => undefined, { size: 2, maxWaitMs: -1 }, 'maxWaitMs must be'],
  [() => undefined, { size: 2, wait: 1 }, 'there is no option "wait"'],
])('batchSender(%s, %s) is refused: %s', (send, options, message) => {
  expect(() => batchSender(send as never, options as never)).toThrow(message);
});

test('a batch sender is what createOutbox takes, and no function', async () => {
  const { events, outbox } = await openBatches(0, 2);
  expect(() => createOutbox({ events, channel: 'orders', send: {} as never })).toThrow(
    'send must be a function or a batch sender',
  );
  await outbox.stop();
});
