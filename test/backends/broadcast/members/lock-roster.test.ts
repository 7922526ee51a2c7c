import { EventChannel } from 'ackline';
import {
  type BroadcastBackendOptions,
  broadcastBackend,
  type QueryableLocks,
} from 'ackline/broadcast';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SimulatedBus } from '../../../support/simulated-bus.ts';
import { until } from '../../../support/until.ts';

/** Contexts over one bus and the locks of the platform, with counts of the lock calls. */
function openLine() {
  const name = crypto.randomUUID();
  const bus = new SimulatedBus();
  /** The test counts `waiting` itself, because Node still lists withdrawn requests in a query. */
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

test('locks: after 500 watched members have ended, the watching context holds and requests no lock', {
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
  await until(() => counts.waiting === 0, 'no waiting request');
  await until(async () => (await heldLocks()).length === 0, 'no lock');
});

test('locks: a page that joined while it was suspended holds one lock after it resumed, and none after its shutdown', async () => {
  const { open, heldLocks } = openLine();
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  onTestFinished(() => void vi.unstubAllGlobals());
  const events = open();
  vi.unstubAllGlobals();
  const handled: unknown[] = [];
  const listen = (channel: string) =>
    events.listen(channel, ({ payload }) => void handled.push(payload));
  listen('news');
  await until(async () => (await heldLocks()).length === 1, 'joined');
  page.dispatchEvent(new Event('freeze'));
  listen('other');
  await until(async () => (await heldLocks()).length === 1, 'joined while suspended');
  page.dispatchEvent(new Event('resume'));
  await until(async () => (await heldLocks()).length === 2, 'resumed');
  const { receipts } = await open().publishConfirmed('other', 1);
  expect(receipts).toMatchObject([{ outcome: 'acknowledged' }]);
  await events.shutdown();
  expect(await heldLocks()).toEqual([]);
});

test('locks: while a context neither watches members nor waits for receipts, it requests no lock', async () => {
  const { open, counts, heldLocks } = openLine();
  const [publisher, member] = [open(), open()];
  const channels = ['news', 'other', 'third'];
  for (const channel of channels) member.listen(channel, () => undefined);
  await until(async () => (await heldLocks()).length === channels.length, 'a member of all');
  for (const channel of channels)
    expect(await publisher.publishConfirmed(channel, 1)).toMatchObject({ isConfirmed: true });
  await until(() => counts.waiting === 0, 'no waiting request');
  let count = -1;
  const stop = publisher.watchMembers('news', ({ length }) => {
    count = length;
  });
  await until(() => count === 1 && counts.waiting === 1, 'its end');
  stop();
  await until(() => counts.waiting === 0, 'no waiting request');
});

test('locks: a hello of many channels causes two queries, for any number of watched channels', async () => {
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
  // There are at most 50 hellos. Each causes a few queries, and not one for each of its channels.
  expect(counts.queries).toBeLessThanOrEqual(4 * channels.length);
});

test('locks: after the lock of a member was stolen, the member takes it again and is found', async () => {
  const { open, heldLocks } = openLine();
  const [watching, member] = [open(), open()];
  const counts: number[] = [];
  watching.watchMembers('news', ({ length }) => void counts.push(length));
  member.listen('news', () => undefined);
  await until(() => counts.at(-1) === 1, 'the member');
  const [lock] = await heldLocks();
  await navigator.locks.request(lock?.name ?? '', { steal: true }, () => undefined);
  await until(async () => (await heldLocks()).length === 1, 'its new lock');
  await until(() => counts.at(-1) === 1, 'the member, for the watcher');
  expect(await watching.publishConfirmed('news', 1)).toMatchObject({
    isConfirmed: true,
    receipts: [{ outcome: 'acknowledged' }],
  });
  await member.shutdown();
  expect(await heldLocks()).toEqual([]);
});

/** Locks whose manager is in another process. Requests and releases take effect there `hopMs` later, in order. */
function distantLocks(held: Set<string>, hopMs: number): QueryableLocks {
  const hop = () => new Promise<void>((resolve) => void setTimeout(resolve, hopMs));
  const request = async (
    name: string,
    { mode }: LockOptions,
    granted: LockGrantedCallback<unknown>,
  ) => {
    // This test does not wait for the end of members, which shared requests detect.
    if (mode === 'shared') return new Promise(() => undefined);
    await hop();
    held.add(name);
    await granted(null);
    // On real platforms too the lock manager processes the release after the holder.
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

test('members: after its shutdown a context is no member', async () => {
  const { open } = openLine();
  const held = new Set<string>();
  const watching = open({ locks: distantLocks(held, 1) });
  const member = open({ locks: distantLocks(held, 50) });
  member.listen('news', () => undefined);
  await until(async () => (await watching.members('news')).length === 1, 'the member');
  await member.shutdown();
  expect(await watching.members('news')).toEqual([]);
});
