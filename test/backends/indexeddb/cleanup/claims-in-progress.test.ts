import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { ClaimsInProgress } from '../../../../src/backends/indexeddb/cleanup/claims-in-progress.ts';
import { deferred } from '../../../support/deferred.ts';

function open() {
  const runtime = new ManualRuntime();
  const claims = new ClaimsInProgress(runtime);
  const ended: string[] = [];
  const pause = () => claims.pause().then(() => ended.push('pause'));
  return { runtime, claims, ended, pause };
}

test('without a claim there is no pause', async () => {
  const { claims, runtime } = open();
  await claims.pause();
  expect(runtime.now()).toBe(new ManualRuntime().now());
});

test('a pause ends when the last claim has settled, whether it succeeded or failed', async () => {
  const { claims, ended, pause, runtime } = open();
  const [first, second] = [deferred<number>(), deferred<number>()];
  const results = Promise.allSettled([claims.during(first.promise), claims.during(second.promise)]);
  const paused = pause();
  first.resolve(7);
  await runtime.advance(0);
  expect(ended).toEqual([]);
  second.reject('lost');
  await paused;
  expect(await results).toMatchObject([{ value: 7 }, { reason: 'lost' }]);
  // The claims that failed count no longer, either.
  await claims.pause();
});

test('a pause ends after a second although a claim is still in progress', async () => {
  const { claims, ended, pause, runtime } = open();
  const claim = deferred();
  const settled = claims.during(claim.promise);
  const paused = pause();
  await runtime.advance(999);
  expect(ended).toEqual([]);
  await runtime.advance(1);
  await paused;
  claim.resolve();
  await settled;
});

test('a pause that ended leaves no timer, and closing ends one that is in progress', async () => {
  const { claims, ended, pause, runtime } = open();
  const claim = deferred();
  const settled = claims.during(claim.promise);
  const paused = pause();
  expect(runtime.pendingTimers).toBe(1);
  claims.close();
  await paused;
  expect([ended, runtime.pendingTimers]).toEqual([['pause'], 0]);
  claim.resolve();
  await settled;
});
