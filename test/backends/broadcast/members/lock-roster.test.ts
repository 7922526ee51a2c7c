import { EventChannel } from 'ackline';
import {
  type BroadcastBackendOptions,
  broadcastBackend,
  type QueryableLocks,
} from 'ackline/broadcast';
import { expect, onTestFinished, test } from 'vitest';
import { SimulatedBus } from '../../../support/simulated-bus.ts';
import { until } from '../../../support/until.ts';

/** Contexts over one bus and the platform's locks, whose calls are counted. */
function openLine() {
  const name = crypto.randomUUID();
  const bus = new SimulatedBus();
  /** `waiting`: not by the platform's own account. Node's keeps requests in it that were withdrawn. */
  const counts = { queries: 0, waiting: 0 };
  const request = async (
    lockName: string,
    options: LockOptions,
    granted: LockGrantedCallback<unknown>,
  ) => {
    counts.waiting += 1;
    let isWaiting = true;
    const end = () => {
      counts.waiting -= Number(isWaiting);
      isWaiting = false;
    };
    const run: LockGrantedCallback<unknown> = (lock) => {
      end();
      return granted(lock);
    };
    return navigator.locks.request(lockName, options, run).finally(end);
  };
  const locks: QueryableLocks = {
    request: request as QueryableLocks['request'],
    query: () => {
      counts.queries += 1;
      return navigator.locks.query();
    },
  };
  let opened = 0;
  const open = (options: Partial<BroadcastBackendOptions> = {}) => {
    opened += 1;
    const openWire = bus.openFor(`context ${opened}`);
    const events = new EventChannel({
      backend: broadcastBackend({ name, locks, openWire, ...options }),
    });
    onTestFinished(() => events.shutdown());
    return events;
  };
  const heldLocks = async () =>
    ((await navigator.locks.query()).held ?? []).filter((lock) => lock.name?.includes(name));
  return { open, counts, heldLocks };
}

test('locks: nothing of 500 ended members stays in the context that watched them', {
  timeout: 60_000,
}, async () => {
  const { open, counts, heldLocks } = openLine();
  const watching = open();
  let count = -1;
  watching.watchMembers('news', ({ length }) => {
    count = length;
  });
  for (let round = 0; round < 25; round += 1) {
    const members = Array.from({ length: 20 }, () => open());
    for (const member of members) member.listen('news', () => undefined);
    await until(() => count === members.length, 'all there');
    await Promise.all(members.map((member) => member.shutdown()));
    await until(() => count === 0, 'all gone');
  }
  expect(counts.waiting).toBe(0);
  expect(await heldLocks()).toEqual([]);
});

test('locks: a context that watches no members and waits for no receipt requests no lock', async () => {
  const { open, counts, heldLocks } = openLine();
  const [publisher, member] = [open(), open()];
  const channels = ['news', 'other', 'third'];
  for (const channel of channels) member.listen(channel, () => undefined);
  await until(async () => (await heldLocks()).length === channels.length, 'a member of all');
  for (const channel of channels)
    expect(await publisher.publishConfirmed(channel, 1)).toMatchObject({ isConfirmed: true });
  await until(() => counts.waiting === 0, 'nothing waited for');
  let count = -1;
  const stop = publisher.watchMembers('news', ({ length }) => {
    count = length;
  });
  await until(() => count === 1 && counts.waiting === 1, 'its end');
  stop();
  await until(() => counts.waiting === 0, 'nothing waited for');
});

test('locks: a hello of many channels costs two queries, however many of them are watched', async () => {
  const { open, counts } = openLine();
  const watching = open();
  const channels = Array.from({ length: 50 }, (_, index) => `channel-${index}`);
  const seen = new Map<string, number>();
  for (const channel of channels)
    watching.watchMembers(channel, ({ length }) => void seen.set(channel, length));
  await until(() => seen.size === channels.length, 'the first queries');
  const member = open();
  counts.queries = 0;
  for (const channel of channels) member.listen(channel, () => undefined);
  await until(() => [...seen.values()].every((count) => count === 1), 'a member of each');
  // One for each hello that came alone at the most, and not one for each channel of each.
  expect(counts.queries).toBeLessThanOrEqual(4 * channels.length);
});

test('locks: a member whose lock is stolen takes it again, and is found', async () => {
  const { open, heldLocks } = openLine();
  const [watching, member] = [open(), open()];
  const counts: number[] = [];
  watching.watchMembers('news', ({ length }) => void counts.push(length));
  member.listen('news', () => undefined);
  await until(() => counts.at(-1) === 1, 'it is there');
  const [lock] = await heldLocks();
  await navigator.locks.request(lock?.name ?? '', { steal: true }, () => undefined);
  await until(async () => (await heldLocks()).length === 1, 'its lock, taken again');
  await until(() => counts.at(-1) === 1, 'it is there, as the watcher sees it');
  expect(await watching.publishConfirmed('news', 1)).toMatchObject({
    isConfirmed: true,
    receipts: [{ outcome: 'acknowledged' }],
  });
  await member.shutdown();
  expect(await heldLocks()).toEqual([]);
});

/** Locks behind a manager that is some way off: what a context does to them is seen there `hopMs` later, in order. */
function distantLocks(held: Set<string>, hopMs: number): QueryableLocks {
  const hop = () => new Promise<void>((resolve) => void setTimeout(resolve, hopMs));
  const request = async (
    name: string,
    { mode }: LockOptions,
    granted: LockGrantedCallback<unknown>,
  ) => {
    // No test waits for the ends of members here.
    if (mode === 'shared') return new Promise(() => undefined);
    await hop();
    held.add(name);
    await granted(null);
    // On platforms, too, the holder learns of the release before the lock manager.
    void hop().then(() => held.delete(name));
    return undefined;
  };
  return {
    request: request as QueryableLocks['request'],
    query: async () => {
      await hop();
      return { held: [...held].map((name) => ({ mode: 'exclusive', name })) };
    },
  };
}

test('members: a context that has shut down is not among them', async () => {
  const { open } = openLine();
  const held = new Set<string>();
  const watching = open({ locks: distantLocks(held, 1) });
  const member = open({ locks: distantLocks(held, 50) });
  member.listen('news', () => undefined);
  await until(async () => (await watching.members('news')).length === 1, 'it is there');
  await member.shutdown();
  expect(await watching.members('news')).toEqual([]);
});
