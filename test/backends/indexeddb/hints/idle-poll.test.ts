import { ManualRuntime } from 'ackline/testing';
import { expect, onTestFinished, test } from 'vitest';
import { IdleLeader } from '../../../../src/backends/indexeddb/hints/idle-leader.ts';
import { IdlePoll } from '../../../../src/backends/indexeddb/hints/idle-poll.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';

const POLL_MS = 1_000;

function openPoll(locks?: LockManager) {
  const runtime = new ManualRuntime();
  const leader = new IdleLeader(locks, `${crypto.randomUUID()}:`, ignore);
  onTestFinished(() => leader.releaseAll());
  const poll = new IdlePoll({
    clock: runtime,
    leader,
    chance: 0,
    isNeeded: () => true,
    scan: async () => undefined,
  });
  const stop = poll.add(POLL_MS);
  return { runtime, poll, leader, stop };
}

test('a context that does not lead the scans does not repeat a report that another context sent in the same poll interval', async () => {
  const { runtime, poll } = openPoll();
  expect(poll.mustReport).toBe(true);
  for (const isIdle of [true, false]) {
    poll.noteReported(isIdle);
    await runtime.advance(POLL_MS - 1);
    expect(poll.mustReport).toBe(false);
    await runtime.advance(1);
    expect(poll.mustReport).toBe(true);
  }
});

test('the context that leads the scans reports each scan', async () => {
  const { poll, leader } = openPoll(navigator.locks);
  await expect.poll(() => leader.holds('')).toBe(true);
  poll.noteReported(true);
  expect(poll.mustReport).toBe(true);
});

test('the scans end with the last consumer', async () => {
  const { runtime, poll, stop } = openPoll();
  const stopAnother = poll.add(POLL_MS);
  stop();
  expect(runtime.pendingTimers).toBe(1);
  stopAnother();
  expect(runtime.pendingTimers).toBe(0);
});
