import { expect, test } from 'vitest';
import { NO_OWNER, OwnerLock } from '../../../../src/backends/indexeddb/liveness/owner-lock.ts';
import type { Locks } from '../../../../src/platform/locks.ts';
import { sharedWithNewer } from '../../../../src/platform/outdated-locks.ts';
import { mortalLocks } from '../../../support/mortal-locks.ts';

let nameCount = 0;

function live(locks: Locks | undefined, newName = () => `name-${++nameCount}`) {
  const deaths: string[] = [];
  let refusals = 0;
  let losses = 0;
  const ownerLock = new OwnerLock({
    locks,
    prefix: 'ownerLock:',
    newName,
    onDeath: (owner) => deaths.push(owner),
    onRefused: () => {
      refusals += 1;
    },
    onLost: () => {
      losses += 1;
    },
  });
  return { ownerLock, deaths, refusals: () => refusals, losses: () => losses };
}

test('when a context ends, its owner is dead, and all watchers are notified', async () => {
  const locks = mortalLocks();
  const owner = await live(locks).ownerLock.hold();
  const watchers = [live(navigator.locks), live(navigator.locks)];
  for (const { ownerLock } of watchers) await ownerLock.watch(owner);
  const other = await watchers[0]!.ownerLock.hold();
  for (const { ownerLock } of watchers) expect(ownerLock.isDead(owner)).toBe(false);
  locks.die();
  for (const { ownerLock, deaths } of watchers) {
    await expect.poll(() => deaths).toEqual([owner]);
    expect(ownerLock.isDead(owner)).toBe(true);
    expect(ownerLock.isDead(other)).toBe(false);
    ownerLock.release();
  }
});

test('release: the owner counts as dead, and the context holds a lock under another name later', async () => {
  const { ownerLock } = live(navigator.locks);
  const watcher = live(navigator.locks);
  const first = await ownerLock.hold();
  await watcher.ownerLock.watch(first);
  ownerLock.release();
  await expect.poll(() => watcher.deaths).toEqual([first]);
  const second = await ownerLock.hold();
  expect(second).not.toBe(first);
  await watcher.ownerLock.watch(second);
  await navigator.locks.request('unrelated', () => undefined);
  expect(watcher.deaths).toEqual([first]);
  ownerLock.release();
});

test('release: while the lock is requested, release leaves no lock', async () => {
  const { ownerLock } = live(navigator.locks, () => 'released-early');
  const holding = ownerLock.hold();
  ownerLock.release();
  await holding;
  const isFree = () =>
    navigator.locks.request('ownerLock:released-early', { ifAvailable: true }, (lock) => !!lock);
  await expect.poll(isFree).toBe(true);
});

test('hold: when its name is taken, it holds another name', async () => {
  const names = ['taken', 'taken', 'free'];
  const newName = () => String(names.shift());
  const [first, second] = [live(navigator.locks, newName), live(navigator.locks, newName)];
  expect(await first.ownerLock.hold()).toBe('taken');
  expect(await second.ownerLock.hold()).toBe('free');
  first.ownerLock.release();
  second.ownerLock.release();
});

test('without Web Locks, or when they are refused, there is no owner and no owner dies', async () => {
  const refused = live({ request: () => Promise.reject(new DOMException('no', 'SecurityError')) });
  expect(await refused.ownerLock.hold()).toBe(NO_OWNER);
  expect(refused.refusals()).toBe(1);
  const none = live(undefined);
  expect(await none.ownerLock.hold()).toBe(NO_OWNER);
  for (const { ownerLock } of [refused, none]) {
    await ownerLock.watch('another owner');
    expect(ownerLock.isDead('another owner')).toBe(false);
  }
  expect(refused.refusals()).toBe(1);
});

test('after another script stole the lock, the context holds a lock under another name', async () => {
  const { ownerLock, refusals, losses } = live(navigator.locks);
  const watcher = live(navigator.locks);
  const first = await ownerLock.hold();
  await watcher.ownerLock.watch(first);
  await navigator.locks.request(`ownerLock:${first}`, { steal: true }, () => undefined);
  await expect.poll(losses).toBe(1);
  expect(ownerLock.isLost(first)).toBe(true);
  const second = await ownerLock.hold();
  expect(second).not.toBe(first);
  await watcher.ownerLock.watch(second);
  await expect.poll(() => watcher.deaths).toEqual([first]);
  expect([watcher.ownerLock.isDead(second), ownerLock.isLost(second), refusals()]).toEqual([
    false,
    false,
    0,
  ]);
  ownerLock.release();
  await expect.poll(() => watcher.deaths).toEqual([first, second]);
  expect(losses()).toBe(1);
});

test('abandon: the lock is free, and the context has no owner name and regards no owner as dead', async () => {
  const locks = mortalLocks();
  const { ownerLock, refusals, losses } = live(locks);
  const watcher = live(navigator.locks);
  const first = await ownerLock.hold();
  await watcher.ownerLock.watch(first);
  ownerLock.abandon();
  await expect.poll(() => watcher.deaths).toEqual([first]);
  expect(await ownerLock.hold()).toBe(NO_OWNER);
  await ownerLock.watch('an owner whose lock is not in sight');
  expect(ownerLock.isDead('an owner whose lock is not in sight')).toBe(false);
  expect([refusals(), losses()]).toEqual([0, 0]);
  expect(sharedWithNewer(locks)).toBeUndefined();
});
