import { expect, onTestFinished, test } from 'vitest';
import { IdleLeader } from '../../../../src/backends/indexeddb/hints/idle-leader.ts';
import { nextTask } from '../../../support/next-task.ts';
import { openDatabase } from '../open-indexeddb.ts';

const POLL_MS = 60_000;

/** Idle leaders of one origin. They request the locks of the platform. */
function openElection() {
  const prefix = `${crypto.randomUUID()}:`;
  const elected: string[] = [];
  const stolenFrom: string[] = [];
  return {
    elected,
    stolenFrom,
    steal: () => navigator.locks.request(`${prefix}a`, { steal: true }, nextTask),
    open: (name: string, locks: LockManager = navigator.locks) => {
      const leader = new IdleLeader(
        locks,
        prefix,
        () => elected.push(name),
        () => stolenFrom.push(name),
      );
      onTestFinished(() => leader.releaseAll());
      return leader;
    },
  };
}

test('a context whose lock is stolen requests it again, and leads again', async () => {
  const { open, steal, elected, stolenFrom } = openElection();
  const leader = open('only');
  leader.request('a');
  for (let round = 1; round <= 3; round += 1) {
    await expect.poll(() => leader.holds('a')).toBe(true);
    await steal();
    await expect.poll(() => stolenFrom).toHaveLength(round);
  }
  await expect.poll(() => elected).toHaveLength(4);
  expect(leader.holds('a')).toBe(true);
});

test('a context whose lock is stolen waits behind those that requested it before', async () => {
  const { open, steal, elected, stolenFrom } = openElection();
  const [first, second] = [open('first'), open('second')];
  first.request('a');
  second.request('a');
  await expect.poll(() => elected).toEqual(['first']);
  await steal();
  await expect.poll(() => elected).toEqual(['first', 'second']);
  await expect.poll(() => stolenFrom).toEqual(['first']);
  expect([first.isLeading('a'), second.isLeading('a')]).toEqual([false, true]);
  second.release('a');
  await expect.poll(() => first.isLeading('a')).toBe(true);
});

test('a lock that is released while it is stolen is not requested again', async () => {
  const { open, steal, elected, stolenFrom } = openElection();
  const leader = open('only');
  leader.request('a');
  await expect.poll(() => elected).toEqual(['only']);
  const stealing = steal();
  leader.release('a');
  await stealing;
  await nextTask();
  expect([elected, stolenFrom, leader.isLeading('a')]).toEqual([['only'], [], false]);
});

test('a context that may use no locks leads', async () => {
  const { open, elected } = openElection();
  const request = () => Promise.reject(new DOMException('not here', 'SecurityError'));
  const leader = open('refused', { request } as unknown as LockManager);
  expect(leader.request('a')).toBe(false);
  await expect.poll(() => elected).toEqual(['refused']);
  expect([leader.isLeading('a'), leader.holds('a')]).toEqual([true, false]);
});

test('a context whose place as the first in line was stolen still receives hints', async () => {
  const { database, open } = openDatabase();
  const first = open();
  await first.stats('a');
  const place = `ackline:${database}:turn:`;
  const inLine = async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [held, pending].map((locks) => locks.filter(({ name }) => name === place).length);
  };
  await expect.poll(inLine).toEqual([1, 0]);
  const second = open();
  await second.stats('a');
  await expect.poll(inLine).toEqual([1, 1]);
  await navigator.locks.request(place, { steal: true }, nextTask);
  await expect.poll(inLine).toEqual([1, 1]);
  const waiting = first.dequeue('a', POLL_MS);
  await nextTask();
  await second.publish('a', 'received');
  expect(await waiting).toMatchObject({ payload: 'received' });
});
