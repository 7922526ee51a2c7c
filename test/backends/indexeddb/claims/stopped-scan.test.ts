// Covers src/backends/indexeddb/claims/clock-set-back.ts
import { ManualRuntime } from 'ackline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../open-indexeddb.ts';

const HOUR_MS = 3_600_000;
/** More than the clocks of two contexts may differ. */
const STOPPED_MS = 5_000;

/** Calls `run` when a context has read its clock for a scan of a queue, and before it reads the rows. */
function beforeEachScan(run: () => void): void {
  const { transaction } = IDBDatabase.prototype;
  const watched = vi.spyOn(IDBDatabase.prototype, 'transaction');
  watched.mockImplementation(function (this: IDBDatabase, ...given) {
    if (given[1] === 'readonly' && [...given[0]].includes('returned')) run();
    return transaction.apply(this, given);
  });
  onTestFinished(() => watched.mockRestore());
}

test('a context that was stopped between reading its clock and its scan moves no time of another context', async () => {
  const { open, runtime, rows } = openDatabase();
  const late = new ManualRuntime({ startAt: runtime.now() });
  const [owner, stopped] = [open(), open({ runtime: late })];
  runtime.jumpTo(runtime.now() + STOPPED_MS);
  await owner.publish('a', 'held');
  const held = await owner.dequeue('a', 0, { leaseMs: HOUR_MS, maxHoldMs: HOUR_MS });
  await owner.publish('a', 'delayed', null, { delayMs: HOUR_MS });
  const stored = [await rows('epochs'), await rows('claims'), await rows('returned')];
  beforeEachScan(() => late.jumpTo(runtime.now()));
  expect(await stopped.dequeue('a', 0)).toBeNull();
  expect(late.now()).toBe(runtime.now());
  expect([await rows('epochs'), await rows('claims'), await rows('returned')]).toEqual(stored);
  for (const clock of [runtime, late]) clock.jumpTo(clock.now() + HOUR_MS - 1);
  expect(await stopped.dequeueMany('a', 9, 0)).toEqual([]);
  expect(await owner.ack(String(held?.eventId), held?.lease)).toBe('ok');
});
