import { ManualRuntime } from 'ackline/testing';
import { expect, test, vi } from 'vitest';
import { ClaimLock } from '../../../../src/backends/indexeddb/claiming/claim-lock.ts';
import { deferred } from '../../../support/deferred.ts';
import { nextTask } from '../../../support/next-task.ts';

/** Two contexts that claim from one queue, and what their claims did in which order. */
function openTwo() {
  const runtime = new ManualRuntime();
  const name = crypto.randomUUID();
  const [first, second] = [1, 2].map(() => new ClaimLock(navigator.locks, name, runtime)) as [
    ClaimLock,
    ClaimLock,
  ];
  const steps: string[] = [];
  const claimOf =
    (who: string, until: Promise<unknown> = nextTask()) =>
    async () => {
      steps.push(`${who} begins`);
      await until;
      steps.push(`${who} ends`);
      return who;
    };
  return { runtime, first, second, steps, claimOf };
}

/** The first stands still in its turn, and the second waits for that, each with so many events to be claimed. */
async function openBehindStanding(limit: number) {
  const two = openTwo();
  const { first, second, claimOf } = two;
  for (const order of [first, second]) order.contest();
  const stands = deferred();
  const standing = first.withLock(limit, claimOf('first', stands.promise));
  await nextTask();
  const held = second.withLock(limit, claimOf('second'));
  await nextTask();
  return { ...two, stands, standing, held };
}

test('ClaimLock: claims that nobody contests do not wait for each other', async () => {
  const { first, second, steps, claimOf } = openTwo();
  const all = [first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))];
  expect(await Promise.all(all)).toEqual(['first', 'second']);
  expect(steps.slice(0, 2)).toEqual(['first begins', 'second begins']);
});

test('ClaimLock: contested claims come one after the other, and no timer is left', async () => {
  const { runtime, first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLock: a second after the last loss nobody waits any longer', async () => {
  const { runtime, first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  await runtime.advance(1_000);
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps.slice(0, 2)).toEqual(['first begins', 'second begins']);
});

test('ClaimLock: one that stands still in its turn holds up another once, for 31 ms', async () => {
  const { runtime, second, steps, claimOf, stands, standing, held } = await openBehindStanding(1);
  await runtime.advance(30);
  expect(steps).toEqual(['first begins']);
  await runtime.advance(1);
  expect(await held).toBe('second');
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  stands.resolve();
  await standing;
});

test('ClaimLock: who claims many waits longer, since those before him may', async () => {
  const { runtime, steps, stands, standing, held } = await openBehindStanding(100);
  await runtime.advance(129);
  expect(steps).toEqual(['first begins']);
  await runtime.advance(1);
  expect(await held).toBe('second');
  stands.resolve();
  await standing;
});

test('ClaimLock: the failure of a claim goes to its caller, and passes the turn on', async () => {
  const { first, second, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  const error = new Error('disk on fire');
  await expect(first.withLock(1, () => Promise.reject(error))).rejects.toBe(error);
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
});

test('ClaimLock: a context without locks goes on without', async () => {
  const order = new ClaimLock(undefined, 'none', new ManualRuntime());
  order.contest();
  expect(await order.withLock(1, async () => 'claimed')).toBe('claimed');
});

test('ClaimLock: a context that may not have locks goes on without, and no timer is left', async () => {
  const runtime = new ManualRuntime();
  const refused = () => Promise.reject(new DOMException('no locks here', 'SecurityError'));
  const order = new ClaimLock({ request: refused }, 'refused', runtime);
  order.contest();
  expect(await order.withLock(1, async () => 'claimed')).toBe('claimed');
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLock: who has noticed others takes turns before he has lost a claim', async () => {
  const { first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.noteOthers();
  await Promise.all([first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))]);
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

test('ClaimLock: whose turn did not come asks for none on noticing others, for a second', async () => {
  const { runtime, second, claimOf, stands, standing, held } = await openBehindStanding(1);
  await runtime.advance(31);
  expect(await held).toBe('second');
  await runtime.advance(999);
  second.noteOthers();
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  await runtime.advance(1);
  second.noteOthers();
  const waits = second.withLock(1, claimOf('second'));
  await nextTask();
  expect(runtime.pendingTimers).toBe(1);
  stands.resolve();
  expect([await standing, await waits]).toEqual(['first', 'second']);
});

test('ClaimLock: the turn is passed on before the claim has ended', async () => {
  const { first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  const commits = deferred();
  const passing = first.withLock(1, (pass) => {
    pass();
    return claimOf('first', commits.promise)();
  });
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  commits.resolve();
  expect(await passing).toBe('first');
  expect(steps).toEqual(['first begins', 'second begins', 'second ends', 'first ends']);
});

test('ClaimLock: a claim that is lost without a turn is tried again in turn', async () => {
  const { first, second, steps, claimOf } = openTwo();
  second.contest();
  const stands = deferred();
  const standing = second.withLock(1, claimOf('second', stands.promise));
  await nextTask();
  const claims = [undefined, 'first'];
  const lost = first.withLock(1, async () => {
    steps.push('first tries');
    if (claims.length === 2) first.contest();
    return claims.shift();
  });
  await nextTask();
  expect(steps).toEqual(['second begins', 'first tries']);
  stands.resolve();
  expect([await standing, await lost]).toEqual(['second', 'first']);
  expect(steps).toEqual(['second begins', 'first tries', 'second ends', 'first tries']);
});

test('ClaimLock: where there are no locks, a claim that is lost is tried again', async () => {
  const order = new ClaimLock(undefined, 'none', new ManualRuntime());
  const claims = [undefined, undefined, 'claimed'];
  expect(await order.withLock(1, async () => claims.shift())).toBe('claimed');
});

test('ClaimLock: of claims that are lost others are told once a second', async () => {
  const runtime = new ManualRuntime();
  const told = vi.fn();
  const order = new ClaimLock(navigator.locks, 'told', runtime, told);
  order.noteOthers();
  expect(told).not.toHaveBeenCalled();
  order.contest();
  order.contest();
  expect(told).toHaveBeenCalledTimes(1);
  await runtime.advance(1_000);
  order.contest();
  expect(told).toHaveBeenCalledTimes(2);
});

test('ClaimLock: a page that stands still leaves the lock at once, and claims without it when it goes on', async () => {
  const { runtime, first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  const stands = deferred();
  const standing = first.withLock(1, claimOf('first', stands.promise));
  await nextTask();
  first.suspend();
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  expect(steps).toEqual(['first begins', 'second begins', 'second ends']);
  stands.resolve();
  expect(await standing).toBe('first');
  expect(runtime.pendingTimers).toBe(0);
});

test('ClaimLock: a page that stands still does not wait for the lock, nor ask for it, and sets no timer', async () => {
  const { runtime, first, second, steps, claimOf } = openTwo();
  for (const order of [first, second]) order.contest();
  const stands = deferred();
  const standing = first.withLock(1, claimOf('first', stands.promise));
  await nextTask();
  const waiting = second.withLock(1, claimOf('second'));
  second.suspend();
  expect(await waiting).toBe('second');
  expect(await second.withLock(1, claimOf('second'))).toBe('second');
  expect([steps.length, runtime.pendingTimers]).toEqual([5, 0]);
  stands.resolve();
  await standing;
  second.resume();
  second.contest();
  first.contest();
  const all = [first.withLock(1, claimOf('first')), second.withLock(1, claimOf('second'))];
  await Promise.all(all);
  expect(steps.slice(-4)).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});
