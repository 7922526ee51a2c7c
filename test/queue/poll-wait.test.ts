import { expect, test } from 'vitest';
import { Wait } from '../../src/queue/poll-wait.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

function openWait(): Wait {
  return new Wait();
}

/** Whether the sleep has ended once all promises have settled. */
async function hasEnded(runtime: ManualRuntime, sleep: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void sleep.then(() => {
    isOver = true;
  });
  await runtime.settle();
  return isOver;
}

test('sleep: after its time it ends', async () => {
  const runtime = new ManualRuntime();
  const sleep = openWait().sleep(runtime, 100);
  await runtime.advance(99);
  expect(await hasEnded(runtime, sleep)).toBe(false);
  await runtime.advance(1);
  expect(await hasEnded(runtime, sleep)).toBe(true);
});

test('sleep: a hint ends it and cancels its timer', async () => {
  const runtime = new ManualRuntime();
  const wait = openWait();
  const sleep = wait.sleep(runtime, 100);
  wait.wake();
  expect(await hasEnded(runtime, sleep)).toBe(true);
  expect(runtime.pendingTimers).toBe(0);
});

test('sleep: a hint that came before it ends it at once, and only once', async () => {
  const runtime = new ManualRuntime();
  const wait = openWait();
  wait.wake();
  wait.wake();
  expect(await hasEnded(runtime, wait.sleep(runtime, 100))).toBe(true);
  expect(await hasEnded(runtime, wait.sleep(runtime, 100))).toBe(false);
});

test('sleep: with a time of 0 it ends at once', async () => {
  const runtime = new ManualRuntime();
  expect(await hasEnded(runtime, openWait().sleep(runtime, 0))).toBe(true);
  expect(runtime.pendingTimers).toBe(0);
});

test('sleep: after a timeout or a hint the same wait can sleep again', async () => {
  const runtime = new ManualRuntime();
  const wait = openWait();
  const first = wait.sleep(runtime, 10);
  await runtime.advance(10);
  expect(await hasEnded(runtime, first)).toBe(true);
  const second = wait.sleep(runtime, 10);
  expect(await hasEnded(runtime, second)).toBe(false);
  wait.wake();
  expect(await hasEnded(runtime, second)).toBe(true);
  expect(await hasEnded(runtime, wait.sleep(runtime, 10))).toBe(false);
});
