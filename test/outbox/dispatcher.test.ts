// Covers src/outbox/dispatcher.ts, src/outbox/retry-times.ts, src/outbox/send-outcome.ts
import { expect, test } from 'vitest';
import { RejectError, RetryError } from '../../src/index.ts';
import { createOutbox, type SendOutcome } from '../../src/outbox.ts';
import { deferred } from '../support/deferred.ts';
import { openChannel } from '../support/open-channel.ts';
import { openFilled } from './open-outbox.ts';

const unauthorized: SendOutcome = { result: 'unauthorized', error: new Error('401') };

test('done: the event is acknowledged, also if send returns nothing', async () => {
  const { requests, runtime, outbox, other } = await openFilled(2);
  requests[0]?.answer({ result: 'done' });
  await runtime.settle();
  requests[1]?.answer(undefined);
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
  await outbox.stop();
});

test('reject: the event is a dead letter with the reason as its note, and the others go on', async () => {
  const { requests, runtime, events, outbox } = await openFilled(3);
  requests[0]?.answer({ result: 'reject', reason: '422 no such article', error: new Error('422') });
  await runtime.settle();
  expect(requests.length).toBe(3);
  const [letter] = await events.deadLetters('orders');
  expect(letter).toMatchObject({ note: '422 no such article', attempts: 1, reason: 'rejected' });
  await outbox.stop({ mode: 'release' });
});

test('retry: holds back its own event only, counts the attempt, and is sent after afterMs', async () => {
  const { requests, runtime, outbox } = await openFilled(2);
  requests[0]?.answer({ result: 'retry', afterMs: 7_000 });
  await runtime.settle();
  expect(requests.map(({ delivery }) => delivery.payload)).toEqual([0, 1]);
  requests[1]?.answer({ result: 'done' });
  await runtime.advance(6_999);
  expect(requests.length).toBe(2);
  await runtime.advance(1);
  expect(requests[2]?.delivery).toMatchObject({ payload: 0, attempts: 2 });
  await outbox.stop({ mode: 'release' });
});

test('retry: without afterMs after a back-off, and a thrown error means the same', async () => {
  const { requests, runtime, outbox, events } = await openFilled(1, {
    backoffBaseMs: 0,
    maxAttempts: 2,
  });
  requests[0]?.fail(new Error('broken'));
  await runtime.settle();
  requests[1]?.answer({ result: 'retry', error: new Error('still broken') });
  await runtime.settle();
  const [letter] = await events.deadLetters('orders');
  expect(letter).toMatchObject({
    reason: 'attempts-exhausted',
    attempts: 2,
    lastError: { message: 'still broken' },
  });
  await outbox.stop();
});

test('a thrown RejectError or RetryError settles the event as in listen', async () => {
  const { requests, runtime, outbox, events } = await openFilled(2);
  requests[0]?.fail(new RejectError('never'));
  await runtime.settle();
  requests[1]?.fail(new RetryError(9_000, { countsAsAttempt: false }));
  await runtime.settle();
  expect((await events.deadLetters('orders'))[0]?.note).toBe('never');
  await runtime.advance(9_000);
  expect(requests[2]?.delivery).toMatchObject({ payload: 1, attempts: 1 });
  await outbox.stop({ mode: 'release' });
});

test('hold: counts no attempt, so an event outlives a server that is busy for days', async () => {
  const { requests, runtime, outbox, events } = await openFilled(1, { maxAttempts: 2 });
  for (let at = 0; at < 4; at += 1) {
    requests[at]?.answer({ result: 'hold', afterMs: 3_600_000 });
    await runtime.advance(3_601_000);
  }
  expect(requests.map(({ delivery }) => delivery.attempts)).toEqual([1, 1, 1, 1, 1]);
  expect(await events.deadLetters('orders')).toEqual([]);
  await outbox.stop({ mode: 'release' });
});

test('unauthorized: pauses, calls onUnauthorized once, and goes on when it resolves', async () => {
  const renewal = deferred();
  let calls = 0;
  const onUnauthorized = () => {
    calls += 1;
    return renewal.promise;
  };
  const { requests, runtime, outbox, view } = await openFilled(6, { onUnauthorized });
  requests[0]?.answer({ result: 'done' });
  await runtime.settle();
  requests[1]?.answer(unauthorized);
  requests[2]?.answer(unauthorized);
  await runtime.advance(60_000);
  expect([calls, requests.length]).toEqual([1, 3]);
  expect(view.getSnapshot()).toMatchObject({ state: 'paused', pauseReason: 'unauthorized' });
  renewal.resolve();
  await runtime.advance(1);
  expect(requests.slice(3).every(({ delivery }) => delivery.attempts === 1)).toBe(true);
  expect(requests.length).toBeGreaterThan(3);
  await outbox.stop({ mode: 'release' });
});

test('unauthorized: a request that began before the renewal pauses nothing', async () => {
  let calls = 0;
  const { requests, runtime, outbox, view } = await openFilled(6, {
    onUnauthorized: () => {
      calls += 1;
    },
  });
  requests[0]?.answer({ result: 'done' });
  await runtime.settle();
  requests[1]?.answer(unauthorized);
  await runtime.settle();
  requests[2]?.answer(unauthorized);
  await runtime.settle();
  expect([calls, view.getSnapshot().pauseReason]).toEqual([1, null]);
  await outbox.stop({ mode: 'release' });
});

test('unauthorized again directly after the renewal: the attempt counts, and the others go on', async () => {
  let calls = 0;
  const { requests, runtime, outbox, events } = await openFilled(1, {
    onUnauthorized: () => {
      calls += 1;
    },
    backoffBaseMs: 0,
    maxAttempts: 2,
  });
  for (let at = 0; at < 4; at += 1) {
    requests[at]?.answer(unauthorized);
    await runtime.advance(10);
  }
  expect(calls).toBe(2);
  expect(requests.map(({ delivery }) => delivery.attempts)).toEqual([1, 1, 2, 2]);
  expect(await events.deadLetters('orders')).toMatchObject([{ reason: 'attempts-exhausted' }]);
  await outbox.stop();
});

test('onUnauthorized that rejects, or is absent: the outbox stays paused until resume()', async () => {
  for (const given of [{}, { onUnauthorized: () => Promise.reject(new Error('no window')) }]) {
    const { requests, runtime, outbox, view } = await openFilled(1, given);
    requests[0]?.answer(unauthorized);
    await runtime.advance(60_000);
    expect(view.getSnapshot().state).toBe('paused');
    outbox.resume();
    await runtime.advance(1);
    expect(requests.length).toBe(2);
    await outbox.stop({ mode: 'release' });
  }
});

test('onUnauthorized that hangs: the outbox stays paused until resume(), and the late end resumes no later pause', async () => {
  const renewals = [deferred(), deferred()];
  let calls = 0;
  const onUnauthorized = () => {
    calls += 1;
    return renewals[calls - 1]?.promise;
  };
  const { requests, runtime, outbox, view } = await openFilled(3, {
    onUnauthorized,
    maxConcurrency: 1,
  });
  requests[0]?.answer(unauthorized);
  await runtime.advance(24 * 3_600_000);
  expect([calls, requests.length, view.getSnapshot().state]).toEqual([1, 1, 'paused']);
  outbox.resume();
  await runtime.advance(1);
  for (const at of [1, 2]) {
    requests[at]?.answer({ result: 'done' });
    await runtime.settle();
  }
  expect(requests[3]?.delivery.payload).toBe(2);
  requests[3]?.answer(unauthorized);
  await runtime.settle();
  renewals[0]?.resolve();
  await runtime.advance(60_000);
  expect([calls, requests.length, view.getSnapshot().state]).toEqual([2, 4, 'paused']);
  renewals[1]?.resolve();
  await runtime.advance(1);
  expect(requests.length).toBe(5);
  await outbox.stop({ mode: 'release' });
});

test('nextAttemptAt: the earliest retry of this context, while no hold lasts', async () => {
  const { requests, runtime, outbox, view } = await openFilled(2);
  requests[0]?.answer({ result: 'retry', afterMs: 9_000 });
  await runtime.settle();
  requests[1]?.answer({ result: 'retry', afterMs: 5_000 });
  await runtime.settle();
  expect(view.getSnapshot()).toMatchObject({ state: 'idle', nextAttemptAt: runtime.now() + 5_000 });
  await outbox.stop();
});

test('a result of send that is no outcome fails the event: a Response would count as success', async () => {
  const { events, runtime, observer } = openChannel({ backoffBaseMs: 3_600_000 });
  const send = (() => new Response('broken', { status: 500 })) as never;
  const outbox = createOutbox({ events, channel: 'orders', send });
  await events.publish('orders', 1);
  await runtime.settle();
  const message = 'result of send must be nothing, or an object with result, got an object';
  expect(observer.of('handler-error')).toMatchObject([{ error: { message } }]);
  await outbox.stop();
});
