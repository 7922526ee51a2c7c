// Covers src/backends/indexeddb/hints/idle-leader.ts, src/backends/indexeddb/hints/hint-notifier.ts
import { ManualRuntime } from 'ackline/testing';
import { expect, test, vi } from 'vitest';
import { sharedScanMs } from '../../../../src/backends/indexeddb/hints/idle-scans.ts';
import { IdleWaits } from '../../../../src/backends/indexeddb/hints/idle-waits.ts';
import { live, settleTasks } from '../idle-crowd.ts';
import { openDatabase } from '../open-indexeddb.ts';
import { countScans } from '../open-scanned.ts';

/** A consumer whose wait found nothing keeps the leader lock for a moment. If it waits again, no scan is repeated. */

const POLL_MS = 1_000;

/** A consumer whose wait has ended with nothing, and a consumer of another context that waits for the leader lock. */
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
  const locks = async () => {
    const { held = [], pending = [] } = await navigator.locks.query();
    const name = `ackline:${database}:turn:a`;
    return [held, pending].map((all) => all.filter((lock) => lock.name === name).length);
  };
  return { leaving, waits, isOver: () => isOver, runtime, locks };
}

test('a consumer that waits again at once keeps the leader lock, and causes no scan', async () => {
  const { leaving, runtime, locks } = await openLeft();
  const scans = countScans();
  const back = leaving.dequeue('a', POLL_MS);
  await live(runtime, POLL_MS - 5);
  expect([await locks(), scans.count]).toEqual([[1, 1], 0]);
  await live(runtime, 5);
  expect(await back).toBe(null);
});

test('a consumer that waits again later scans', async () => {
  const { leaving, runtime } = await openLeft();
  await live(runtime, 25);
  const scans = countScans();
  void leaving.dequeue('a', POLL_MS);
  await settleTasks();
  expect(scans.count).toBe(1);
});

test('a hint that comes meanwhile wakes the consumer of the other context at once', async () => {
  const { leaving, waits } = await openLeft();
  await leaving.publish('a', 'for the other');
  expect(await waits).toMatchObject({ payload: 'for the other' });
});

test('a consumer that does not wait again loses the leader lock after a poll interval, or at the shutdown', async () => {
  const { leaving, runtime, locks } = await openLeft();
  await live(runtime, POLL_MS - 5);
  expect(await locks()).toEqual([1, 1]);
  await live(runtime, 5);
  expect(await locks()).toEqual([1, 0]);
  await leaving.shutdown();
  expect(await locks()).toEqual([1, 0]);
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

test('sharedScanMs: a scan may be a fortieth of the poll interval old, and 25 ms at most', () => {
  expect([10, 400, 1_000, 60_000].map(sharedScanMs)).toEqual([0.25, 10, 25, 25]);
});

test('the last wait of a channel reports that nothing waits for it, and the last wait of all that nothing waits', () => {
  const [onUse, onChannelUnused, release] = [vi.fn(), vi.fn(), vi.fn()];
  const waits = new IdleWaits({
    clock: new ManualRuntime(),
    scans: { knownDueAt: () => undefined },
    leader: { request: () => true, release },
    poll: { add: () => () => {} },
    onUse,
    onChannelUnused,
  });
  const [one, two, other] = ['a', 'a', 'b'].map((channel) =>
    waits.subscribe(channel, () => {}, POLL_MS),
  );
  const calls = () => [onChannelUnused.mock.calls.length, onUse.mock.calls.flat()];
  one?.stop();
  expect([waits.channels(), calls()]).toEqual([
    ['a', 'b'],
    [0, [true]],
  ]);
  two?.stop();
  expect([waits.channels(), calls()]).toEqual([['b'], [1, [true]]]);
  two?.stop();
  expect(calls()).toEqual([1, [true]]);
  other?.stop();
  expect([waits.isEmpty, calls()]).toEqual([true, [2, [true, false]]]);
  expect(release.mock.calls.flat()).toEqual(['a', 'a', 'b']);
});
