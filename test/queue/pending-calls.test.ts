import { expect, test } from 'vitest';
import { PendingCalls } from '../../src/queue/pending-calls.ts';
import { deferred } from '../support/deferred.ts';

function counting() {
  let held = 0;
  const calls = new PendingCalls(() => {
    held += 1;
    return () => {
      held -= 1;
    };
  });
  return { calls, held: () => held };
}

test('PendingCalls: a call that returns no promise is not kept', async () => {
  const { calls, held } = counting();
  expect(calls.track(5)).toBe(5);
  expect(held()).toBe(0);
  await calls.untilNone();
});

test('PendingCalls: a pending call is kept until it has succeeded or failed', async () => {
  const { calls, held } = counting();
  const failing = deferred<number>();
  const answer = calls.track(failing.promise);
  expect(held()).toBe(1);
  failing.reject(new Error('failed'));
  await expect(answer).rejects.toThrow('failed');
  await calls.untilNone();
  expect(held()).toBe(0);
});

test('PendingCalls: untilNone also waits for calls that begin meanwhile', async () => {
  const { calls } = counting();
  const [first, second] = [deferred<void>(), deferred<void>()];
  let isOver = false;
  void calls.track(first.promise);
  const ended = calls.untilNone().then(() => {
    isOver = true;
  });
  void calls.track(second.promise);
  first.resolve();
  await first.promise;
  expect(isOver).toBe(false);
  second.resolve();
  await ended;
});
