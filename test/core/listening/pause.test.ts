import { expect, test } from 'vitest';
import { PollPacer, pause } from '../../../src/core/listening/pause.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const never = new AbortController().signal;

/** How much time passed until the promise resolved. */
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

test('pause: it lasts its duration, and at least one millisecond', async () => {
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

test('pause: an abort before or during the pause ends it, and leaves no timer', async () => {
  const runtime = new ManualRuntime();
  const ending = new AbortController();
  const pausing = pause(runtime, 250, ending.signal);
  expect(runtime.pendingTimers).toBe(1);
  ending.abort();
  await pausing;
  await pause(runtime, 250, ending.signal);
  expect(runtime.pendingTimers).toBe(0);
});

const INTERVAL = { pollIntervalMs: 1_000 };
const WAITS = { keepAlive: true } as const;

/** How long a consumer waits after an answer that came 400 ms after its claim. */
async function pacedAfterEarlyAnswer(runtime: ManualRuntime, pacer: PollPacer): Promise<number> {
  const startedAt = runtime.now();
  await runtime.advance(400);
  return durationOf(runtime, pacer.untilNext(startedAt, never));
}

test('PollPacer: after an early answer of a backend that cannot wait, it waits for the rest of the interval', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, {});
  for (let round = 0; round < 3; round += 1)
    expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(600);
});

test('PollPacer: after an early answer of a backend that waits, the consumer claims again at once, but only once', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, WAITS);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
  for (let round = 0; round < 3; round += 1)
    expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(600);
});

test('PollPacer: after an answer that took the whole interval, the next early answer counts as the first', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, WAITS);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
  const startedAt = runtime.now();
  await runtime.advance(1_000);
  await pacer.untilNext(startedAt, never);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
});

test('PollPacer: with a poll interval of zero each answer is followed by the shortest pause', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, { pollIntervalMs: 0 }, WAITS);
  for (let round = 0; round < 3; round += 1)
    expect(await durationOf(runtime, pacer.untilNext(runtime.now(), never))).toBe(1);
});

test('PollPacer: after the clock was set back, it waits for one interval at most', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  runtime.jumpTo(startedAt - 3_600_000);
  const pausing = new PollPacer(runtime, INTERVAL, {}).untilNext(startedAt, never);
  expect(await durationOf(runtime, pausing)).toBe(1_000);
});
