import { expect, test } from 'vitest';
import {
  NO_READ_LOCKS,
  ReadLocks,
} from '../../../../src/backends/indexeddb/database/read-locks.ts';

function openReadLocks() {
  const prefix = `${crypto.randomUUID()}:`;
  const names = async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [...held, ...pending].filter(({ name }) => name?.startsWith(prefix)).length;
  };
  const open = () =>
    new ReadLocks({
      ...NO_READ_LOCKS,
      ...{ prefix, locks: navigator.locks, newName: () => crypto.randomUUID() },
    });
  return { names, open };
}

test('ReadLocks: release frees the lock at once, ends what was read under it, and allows a new one', async () => {
  const { names, open } = openReadLocks();
  const locks = open();
  const lock = await locks.hold();
  expect([await names(), lock.isEnded]).toEqual([1, false]);
  locks.release();
  expect(lock.isEnded).toBe(true);
  await expect.poll(names).toBe(0);
  const next = await locks.hold();
  expect([next === lock, next.isEnded]).toEqual([false, false]);
  locks.release();
});

test('ReadLocks: a wait for earlier readers ends with false when its own context is released', async () => {
  const { names, open } = openReadLocks();
  const [reader, waiting] = [open(), open()];
  await reader.hold();
  const isOver = waiting.awaitEarlierReaders();
  await expect.poll(names).toBe(2);
  waiting.release();
  expect(await isOver).toBe(false);
  const next = waiting.awaitEarlierReaders();
  reader.release();
  expect(await next).toBe(true);
});

test('ReadLocks: abandon frees the lock, and later reads count as unseen', async () => {
  const prefix = `${crypto.randomUUID()}:`;
  let unseenCount = 0;
  const locks = new ReadLocks({
    ...NO_READ_LOCKS,
    ...{ prefix, locks: navigator.locks, newName: () => crypto.randomUUID() },
    onUnseen: async () => {
      unseenCount += 1;
    },
  });
  const before = await locks.hold();
  locks.abandon();
  expect([before.isEnded, locks.canQuery, unseenCount]).toEqual([true, false, 0]);
  const after = await locks.hold();
  expect([after.isEnded, unseenCount]).toEqual([false, 1]);
});

test('ReadLocks: of several renewals the last one counts, because a run may wait for the locks of the others', async () => {
  const prefix = `${crypto.randomUUID()}:`;
  let count = 0;
  const newName = () => String(++count);
  const locks = new ReadLocks({ ...NO_READ_LOCKS, prefix, locks: navigator.locks, newName });
  await locks.hold();
  await Promise.all([locks.renew(), locks.renew(), locks.renew()]);
  const heldNames = async () => {
    const { held = [] } = await navigator.locks.query();
    return held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
  };
  await expect.poll(heldNames).toEqual([`${prefix}4`]);
  expect((await locks.hold()).isEnded).toBe(false);
  locks.release();
});
