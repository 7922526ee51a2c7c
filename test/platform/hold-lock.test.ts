import { expect, test } from 'vitest';
import { holdLock } from '../../src/platform/hold-lock.ts';
import { type Locks, platformLocks } from '../../src/platform/locks.ts';
import { deferred } from '../support/deferred.ts';

const locks = platformLocks() as Locks;
const never = () => undefined;
let nameCount = 0;

function newName(): string {
  nameCount += 1;
  return `hold-lock-${nameCount}`;
}

test('holdLock: holds a free lock until it is released', async () => {
  const name = newName();
  const release = new AbortController();
  expect(await holdLock(locks, name, release.signal, never)).toBe('held');
  expect(await holdLock(locks, name, new AbortController().signal, never)).toBe('taken');
  release.abort();
  await locks.request(name, async () => undefined);
});

test('holdLock: a release before the grant leaves no lock behind', async () => {
  const name = newName();
  expect(await holdLock(locks, name, AbortSignal.abort(), never)).toBe('taken');
  await locks.request(name, async () => undefined);
});

test('holdLock: reports a lock that another script steals', async () => {
  const name = newName();
  const stolen = deferred<void>();
  await holdLock(locks, name, new AbortController().signal, stolen.resolve);
  await locks.request(name, { steal: true }, async () => undefined);
  await stolen.promise;
});

test('holdLock: is refused where the context may use no locks', async () => {
  const refusing = { request: () => Promise.reject(new Error('insecure')) } as Locks;
  const { signal } = new AbortController();
  expect(await holdLock(refusing, newName(), signal, never)).toBe('refused');
});
