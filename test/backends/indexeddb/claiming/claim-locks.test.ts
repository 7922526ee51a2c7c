import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import {
  ClaimLocks,
  type LockedClaim,
} from '../../../../src/backends/indexeddb/claiming/claim-locks.ts';
import { Contention } from '../../../../src/backends/indexeddb/claiming/contention.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';
import type { Locks } from '../../../../src/platform/locks.ts';
import { deferred } from '../../../support/deferred.ts';
import { nextTask } from '../../../support/next-task.ts';

/** The claim locks of one context, and its contention for one queue. */
function openContext(locks: Locks | undefined, database: string, runtime: ManualRuntime) {
  const claimLocks = new ClaimLocks({ database, locks, runtime });
  const contention = new Contention('a', runtime, ignore);
  return {
    claimLocks,
    contention,
    withLock: <T>(limit: number, claim: LockedClaim<T>) =>
      claimLocks.withLock(contention, limit, claim),
  };
}

/** Two contexts that claim from one queue, and what their claims did in which order. */
function openTwo() {
  const runtime = new ManualRuntime();
  const name = crypto.randomUUID();
  const first = openContext(navigator.locks, name, runtime);
  const second = openContext(navigator.locks, name, runtime);
  const steps: string[] = [];
  const claimOf =
    (context: string, until: Promise<unknown> = nextTask()) =>
    async () => {
      steps.push(`${context} begins`);
      await until;
      steps.push(`${context} ends`);
      return context;
    };
  const contend = () => {
    for (const { contention } of [first, second]) contention.noteLoss();
  };
  return { runtime, first, second, steps, claimOf, contend };
}

/** The first context is frozen while it holds the lock, and the second waits for the lock. Each claims `limit` events. */
async function openBehindFrozen(limit: number) {
  const two = openTwo();
  const { first, second, claimOf, contend } = two;
  contend();
  const frozen = deferred();
  const holding = first.withLock(limit, claimOf('first', frozen.promise));
  await nextTask();
  const waiting = second.withLock(limit, claimOf('second'));
  await nextTask();
  return { ...two, frozen, holding, waiting };
}

test('ClaimLocks: claims without contention do not wait for each other', async () => {
  const { first, second, steps, claimOf } = openTwo();
  const all = [first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))];
  expect(await Promise.all(all)).toEqual(['first', 'second']);
  expect(steps.slice(0, 2)).toEqual(['first begins', 'second begins']);
});

test('ClaimLocks: contested claims come one after the other, and no timer is left', async () => {
  const { runtime, first, second, steps, claimOf, contend } = openTwo();
  contend();
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLocks: a second after the last lost claim no claim waits', async () => {
  const { runtime, first, second, steps, claimOf, contend } = openTwo();
  contend();
  await runtime.advance(1_000);
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps.slice(0, 2)).toEqual(['first begins', 'second begins']);
});

test('ClaimLocks: a frozen context that holds the lock delays another context once, by 31 ms', async () => {
  const { runtime, second, steps, claimOf, frozen, holding, waiting } = await openBehindFrozen(1);
  await runtime.advance(30);
  expect(steps).toEqual(['first begins']);
  await runtime.advance(1);
  expect(await waiting).toBe('second');
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  frozen.resolve();
  await holding;
});

test('ClaimLocks: a claim of many events waits longer, because the claim before it may take longer', async () => {
  const { runtime, steps, frozen, holding, waiting } = await openBehindFrozen(100);
  await runtime.advance(129);
  expect(steps).toEqual(['first begins']);
  await runtime.advance(1);
  expect(await waiting).toBe('second');
  frozen.resolve();
  await holding;
});

test('ClaimLocks: the failure of a claim goes to its caller and releases the lock', async () => {
  const { first, second, claimOf, contend } = openTwo();
  contend();
  const error = new Error('disk on fire');
  await expect(first.withLock(1, () => Promise.reject(error))).rejects.toBe(error);
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
});

test('ClaimLocks: a context without Web Locks claims without them', async () => {
  const { contention, withLock } = openContext(undefined, 'none', new ManualRuntime());
  contention.noteLoss();
  expect(await withLock(1, async () => 'claimed')).toBe('claimed');
});

test('ClaimLocks: a context that may not use Web Locks claims without them, and no timer is left', async () => {
  const runtime = new ManualRuntime();
  const refused = () => Promise.reject(new DOMException('no locks here', 'SecurityError'));
  const { contention, withLock } = openContext({ request: refused }, 'refused', runtime);
  contention.noteLoss();
  expect(await withLock(1, async () => 'claimed')).toBe('claimed');
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLocks: a context that has noticed others uses the lock before it has lost a claim', async () => {
  const { first, second, steps, claimOf } = openTwo();
  for (const { contention } of [first, second]) contention.noteOthers();
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('ClaimLocks: after a timeout a context that notices others does not request the lock, for a second', async () => {
  const { runtime, second, claimOf, frozen, holding, waiting } = await openBehindFrozen(1);
  await runtime.advance(31);
  expect(await waiting).toBe('second');
  await runtime.advance(999);
  second.contention.noteOthers();
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  await runtime.advance(1);
  second.contention.noteOthers();
  const waits = second.withLock(1, claimOf('second'));
  await nextTask();
  expect(runtime.pendingTimers).toBe(1);
  frozen.resolve();
  expect([await holding, await waits]).toEqual(['first', 'second']);
});

test('ClaimLocks: a claim can release the lock before it ends', async () => {
  const { first, second, steps, claimOf, contend } = openTwo();
  contend();
  const commits = deferred();
  const committing = first.withLock(1, (release) => {
    release();
    return claimOf('first', commits.promise)();
  });
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  commits.resolve();
  expect(await committing).toBe('first');
  expect(steps).toEqual(['first begins', 'second begins', 'second ends', 'first ends']);
});

test('ClaimLocks: a claim that is lost without the lock is tried again under the lock', async () => {
  const { first, second, steps, claimOf } = openTwo();
  second.contention.noteLoss();
  const frozen = deferred();
  const holding = second.withLock(1, claimOf('second', frozen.promise));
  await nextTask();
  const claims = [undefined, 'first'];
  const lost = first.withLock(1, async () => {
    steps.push('first tries');
    if (claims.length === 2) first.contention.noteLoss();
    return claims.shift();
  });
  await nextTask();
  expect(steps).toEqual(['second begins', 'first tries']);
  frozen.resolve();
  expect([await holding, await lost]).toEqual(['second', 'first']);
  expect(steps).toEqual(['second begins', 'first tries', 'second ends', 'first tries']);
});

test('ClaimLocks: without Web Locks a lost claim is tried again', async () => {
  const { withLock } = openContext(undefined, 'none', new ManualRuntime());
  const claims = [undefined, undefined, 'claimed'];
  expect(await withLock(1, async () => claims.shift())).toBe('claimed');
});

test('ClaimLocks: a page that freezes leaves the lock at once, and claims without it when it resumes', async () => {
  const { runtime, first, second, steps, claimOf, contend } = openTwo();
  contend();
  const frozen = deferred();
  const holding = first.withLock(1, claimOf('first', frozen.promise));
  await nextTask();
  first.claimLocks.suspend();
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  expect(steps).toEqual(['first begins', 'second begins', 'second ends']);
  frozen.resolve();
  expect(await holding).toBe('first');
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLocks: a frozen page does not wait for the lock, does not request it, and sets no timer', async () => {
  const { runtime, first, second, steps, claimOf, contend } = openTwo();
  contend();
  const frozen = deferred();
  const holding = first.withLock(1, claimOf('first', frozen.promise));
  await nextTask();
  const waiting = second.withLock(1, claimOf('second'));
  second.claimLocks.suspend();
  expect(await waiting).toBe('second');
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  expect([steps.length, runtime.pendingTimers]).toEqual([5, 0]);
  frozen.resolve();
  await holding;
  second.claimLocks.resume();
  second.contention.noteLoss();
  first.contention.noteLoss();
  const all = [first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))];
  await Promise.all(all);
  expect(steps.slice(-4)).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});
