import { expect, test } from 'vitest';
import { pause, pauseUntilNextPoll } from '../../src/core/pause.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

const never = new AbortController().signal;

/** How far the clock had to go until the promise resolved. */
async function durationOf(runtime: ManualRuntime, ends: Promise<void>): Promise<number> {
  const startedAt = runtime.now();
  let endedAt: number | undefined;
  void ends.then(() => {
    endedAt = runtime.now();
  });
  await runtime.settle();
  await runtime.advance(10_000);
  return Number(endedAt) - startedAt;
}

test('pause: takes its time, and at least one millisecond', async () => {
  for (const [ms, expected] of [
    [250, 250],
    [1, 1],
    [0, 1],
    [-5, 1],
  ] as const) {
    const runtime = new ManualRuntime();
    expect(await durationOf(runtime, pause(runtime, ms, never))).toBe(expected);
  }
});

test('pause: an abort ends it, before or during, and leaves no timer', async () => {
  const runtime = new ManualRuntime();
  const ending = new AbortController();
  const pausing = pause(runtime, 250, ending.signal);
  expect(runtime.pendingTimers).toBe(1);
  ending.abort();
  await pausing;
  await pause(runtime, 250, ending.signal);
  expect(runtime.pendingTimers).toBe(0);
});

test('pauseUntilNextPoll: waits out what a backend that answered early left of the interval', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  await runtime.advance(400);
  const pausing = pauseUntilNextPoll(runtime, startedAt, { pollIntervalMs: 1_000 }, never);
  expect(await durationOf(runtime, pausing)).toBe(600);
});

test('pauseUntilNextPoll: adds nothing where the backend has waited', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  await runtime.advance(1_000);
  await pauseUntilNextPoll(runtime, startedAt, { pollIntervalMs: 1_000 }, never);
  expect(runtime.pendingTimers).toBe(0);
});

test('pauseUntilNextPoll: a clock that was set back costs one interval at most', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  runtime.jumpTo(startedAt - 3_600_000);
  const pausing = pauseUntilNextPoll(runtime, startedAt, { pollIntervalMs: 1_000 }, never);
  expect(await durationOf(runtime, pausing)).toBe(1_000);
});
