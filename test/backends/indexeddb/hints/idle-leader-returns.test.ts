// Covers src/backends/indexeddb/hints/idle-leader.ts, src/backends/indexeddb/hints/hint-notifier.ts
import { expect, test } from 'vitest';
import { live, settleTasks } from '../idle-crowd.ts';
import { openDatabase } from '../open-indexeddb.ts';
import { countLooks } from '../open-knowing.ts';

/** A consumer that has waited for nothing may be back at once: its turn is kept, and nothing is looked up anew. */

const POLL_MS = 1_000;

/** A consumer that has gone with nothing while another context waits behind it. */
async function openLeft() {
  const { database, open, runtime } = openDatabase();
  const [leaving, waiting] = [open(), open()];
  const leaves = leaving.dequeue('a', POLL_MS);
  await settleTasks();
  let isOver = false;
  const waits = waiting.dequeue('a', 3_600_000).finally(() => {
    isOver = true;
  });
  await live(runtime, POLL_MS);
  expect(await leaves).toBe(null);
  const turns = async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    const name = `ackline:${database}:turn:a`;
    return [held, pending].map((locks) => locks.filter((lock) => lock.name === name).length);
  };
  return { leaving, waits, isOver: () => isOver, runtime, turns };
}

test('who comes back at once goes on with its turn, and looks up nothing anew', async () => {
  const { leaving, runtime, turns } = await openLeft();
  const looks = countLooks();
  const back = leaving.dequeue('a', POLL_MS);
  await live(runtime, POLL_MS - 5);
  expect([await turns(), looks.count]).toEqual([[1, 1], 0]);
  await live(runtime, 5);
  expect(await back).toBe(null);
});

test('who comes back later looks anew', async () => {
  const { leaving, runtime } = await openLeft();
  await live(runtime, 25);
  const looks = countLooks();
  void leaving.dequeue('a', POLL_MS);
  await settleTasks();
  expect(looks.count).toBe(1);
});

test('a hint that comes meanwhile is for those who wait, at once', async () => {
  const { leaving, waits } = await openLeft();
  await leaving.publish('a', 'for whoever waits');
  expect(await waits).toMatchObject({ payload: 'for whoever waits' });
});

test('who does not come back leaves the turn after a poll interval, or at the shutdown', async () => {
  const { leaving, runtime, turns } = await openLeft();
  await live(runtime, POLL_MS - 5);
  expect(await turns()).toEqual([1, 1]);
  await live(runtime, 5);
  expect(await turns()).toEqual([1, 0]);
  await leaving.shutdown();
  expect(await turns()).toEqual([1, 0]);
});

test('a shutdown leaves no timer behind', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  const waiting = backend.dequeue('a', POLL_MS);
  await live(runtime, POLL_MS);
  expect(await waiting).toBe(null);
  await backend.shutdown();
  expect(runtime.pendingTimers).toBe(0);
});
