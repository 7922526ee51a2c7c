import { expect, test } from 'vitest';
import { NO_OWNER } from '../../../../src/backends/indexeddb/claims/takeover-time.ts';
import { Liveness } from '../../../../src/backends/indexeddb/liveness/owner-lock.ts';
import type { Locks } from '../../../../src/platform/locks.ts';
import { mortalLocks } from '../../../support/mortal-locks.ts';

let nameCount = 0;

function live(locks: Locks | undefined, newName = () => `name-${++nameCount}`) {
  const deaths: string[] = [];
  let refusals = 0;
  let losses = 0;
  const liveness = new Liveness({
    locks,
    prefix: 'liveness:',
    newName,
    onDeath: (owner) => deaths.push(owner),
    onRefused: () => {
      refusals += 1;
    },
    onLost: () => {
      losses += 1;
    },
  });
  return { liveness, deaths, refusals: () => refusals, losses: () => losses };
}

test('an owner is dead once its context has ended, and everybody who watches is told', async () => {
  const locks = mortalLocks();
  const owner = await live(locks).liveness.hold();
  const watchers = [live(navigator.locks), live(navigator.locks)];
  for (const { liveness } of watchers) await liveness.watch(owner);
  const other = await watchers[0]!.liveness.hold();
  for (const { liveness } of watchers) expect(liveness.isDead(owner)).toBe(false);
  locks.die();
  for (const { liveness, deaths } of watchers) {
    await expect.poll(() => deaths).toEqual([owner]);
    expect(liveness.isDead(owner)).toBe(true);
    expect(liveness.isDead(other)).toBe(false);
    liveness.release();
  }
});

test('release: the context counts as dead, and holds again under another name', async () => {
  const { liveness } = live(navigator.locks);
  const watcher = live(navigator.locks);
  const first = await liveness.hold();
  await watcher.liveness.watch(first);
  liveness.release();
  await expect.poll(() => watcher.deaths).toEqual([first]);
  const second = await liveness.hold();
  expect(second).not.toBe(first);
  await watcher.liveness.watch(second);
  await navigator.locks.request('unrelated', () => undefined);
  expect(watcher.deaths).toEqual([first]);
  liveness.release();
});

test('release: while the lock is on its way leaves no lock behind', async () => {
  const { liveness } = live(navigator.locks, () => 'released-early');
  const holding = liveness.hold();
  liveness.release();
  await holding;
  const isFree = () =>
    navigator.locks.request('liveness:released-early', { ifAvailable: true }, (lock) => !!lock);
  await expect.poll(isFree).toBe(true);
});

test('hold: a name that is taken is not shared', async () => {
  const names = ['taken', 'taken', 'free'];
  const newName = () => String(names.shift());
  const [first, second] = [live(navigator.locks, newName), live(navigator.locks, newName)];
  expect(await first.liveness.hold()).toBe('taken');
  expect(await second.liveness.hold()).toBe('free');
  first.liveness.release();
  second.liveness.release();
});

test('without Web Locks, or where they are refused, there is no owner and nobody dies', async () => {
  const refused = live({ request: () => Promise.reject(new DOMException('no', 'SecurityError')) });
  expect(await refused.liveness.hold()).toBe(NO_OWNER);
  expect(refused.refusals()).toBe(1);
  const none = live(undefined);
  expect(await none.liveness.hold()).toBe(NO_OWNER);
  for (const { liveness } of [refused, none]) {
    await liveness.watch('somebody');
    expect(liveness.isDead('somebody')).toBe(false);
  }
  expect(refused.refusals()).toBe(1);
});

test('a lock that another script steals is lost: the next name is another, and the platform is not given up', async () => {
  const { liveness, refusals, losses } = live(navigator.locks);
  const watcher = live(navigator.locks);
  const first = await liveness.hold();
  await watcher.liveness.watch(first);
  await navigator.locks.request(`liveness:${first}`, { steal: true }, () => undefined);
  await expect.poll(losses).toBe(1);
  expect(liveness.isLost(first)).toBe(true);
  const second = await liveness.hold();
  expect(second).not.toBe(first);
  await watcher.liveness.watch(second);
  await expect.poll(() => watcher.deaths).toEqual([first]);
  expect([watcher.liveness.isDead(second), liveness.isLost(second), refusals()]).toEqual([
    false,
    false,
    0,
  ]);
  liveness.release();
  await expect.poll(() => watcher.deaths).toEqual([first, second]);
  expect(losses()).toBe(1);
});
