import { expect, test } from 'vitest';
import { RejectError } from '../../src/index.ts';
import { parallelSender, type Sender, type SendOutcome } from '../../src/outbox.ts';
import { deferred } from '../support/deferred.ts';
import { openFilled } from './open-outbox.ts';

async function openParallel(count: number, size: number, concurrency: number, given: object = {}) {
  const requests: {
    readonly payload: unknown;
    readonly attempts: number;
    readonly signal: AbortSignal;
    readonly answer: (outcome?: SendOutcome) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const one: Sender = ({ payload, attempts }, signal) => {
    const { promise, resolve, reject } = deferred<SendOutcome | undefined>();
    signal.addEventListener('abort', () => reject(signal.reason));
    requests.push({ payload, attempts, signal, answer: resolve, fail: reject });
    return promise;
  };
  const send = parallelSender(one, { size, concurrency });
  const opened = await openFilled(count, { send: send as never, maxConcurrency: 1, ...given });
  return { ...opened, sent: requests, payloads: () => requests.map(({ payload }) => payload) };
}

test('each event has a request of its own, at most concurrency at a time, and one claim leases size events', async () => {
  const { sent, payloads, runtime, outbox, other } = await openParallel(6, 6, 3);
  expect(payloads()).toEqual([0]);
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 6 });
  sent[0]?.answer();
  await runtime.settle();
  expect(payloads()).toEqual([0, 1, 2]);
  sent[1]?.answer();
  await runtime.settle();
  expect(payloads()).toEqual([0, 1, 2, 3, 4]);
  for (const at of [2, 3, 4]) sent[at]?.answer();
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ leased: 6 });
  sent[5]?.answer();
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
  await outbox.stop();
});

test('after an answer that concerns the host the rest is not sent, no attempt counts, and one request begins again', async () => {
  const { sent, payloads, runtime, outbox } = await openParallel(5, 5, 2);
  sent[0]?.answer();
  await runtime.settle();
  sent[1]?.answer({ result: 'hold', afterMs: 1_000 });
  sent[2]?.answer();
  await runtime.settle();
  expect(payloads()).toEqual([0, 1, 2]);
  await runtime.advance(1_000);
  expect(payloads()).toEqual([0, 1, 2, 3]);
  expect(sent[3]?.attempts).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('outcomes are those of each event: a thrown error counts, a RejectError is a dead letter', async () => {
  const { sent, runtime, outbox, events, other } = await openParallel(3, 3, 3, {
    backoffBaseMs: 3_600_000,
  });
  sent[0]?.answer();
  await runtime.settle();
  sent[1]?.fail(new Error('broken'));
  sent[2]?.fail(new RejectError('never'));
  await runtime.settle();
  expect(await events.deadLetters('orders')).toMatchObject([{ note: 'never' }]);
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 1 });
  await outbox.stop();
});

test('the network goes: requests end, and nothing counts', async () => {
  const { sent, runtime, network, outbox } = await openParallel(3, 3, 2);
  network.set(false);
  await runtime.settle();
  expect(sent[0]?.signal.aborted).toBe(true);
  expect(sent.length).toBe(1);
  network.set(true);
  await runtime.advance(200);
  expect(sent[1]?.attempts).toBe(1);
  await outbox.stop({ mode: 'release' });
});

test('options are refused by name', () => {
  expect(() => parallelSender(5 as never, { size: 1 })).toThrow('send must be a function');
  expect(() => parallelSender(() => undefined, { size: 0 })).toThrow('size must be');
  expect(() => parallelSender(() => undefined, { size: 1, concurrency: 0 })).toThrow(
    'concurrency must be',
  );
});
