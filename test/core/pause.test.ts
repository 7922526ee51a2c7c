import { expect, test } from 'vitest';
import { PollPacer, pause } from '../../src/core/pause.ts';
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

const INTERVAL = { pollIntervalMs: 1_000 };
const WAITS = { keepAlive: true } as const;

/** What a consumer is kept waiting for after an answer that came 400 ms after its claim. */
async function pacedAfterEarlyAnswer(runtime: ManualRuntime, pacer: PollPacer): Promise<number> {
  const startedAt = runtime.now();
  await runtime.advance(400);
  return durationOf(runtime, pacer.untilNext(startedAt, never));
}

test('PollPacer: waits out what a backend that cannot wait left of the interval', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, {});
  for (let round = 0; round < 3; round += 1)
    expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(600);
});

test('PollPacer: lets a consumer claim again at once where a backend that waits answered early, and only once', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, WAITS);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
  for (let round = 0; round < 3; round += 1)
    expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(600);
});

test('PollPacer: adds nothing where the backend has waited; after that an early answer is a first one', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, INTERVAL, WAITS);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
  const startedAt = runtime.now();
  await runtime.advance(1_000);
  await pacer.untilNext(startedAt, never);
  expect(await pacedAfterEarlyAnswer(runtime, pacer)).toBe(0);
});

test('PollPacer: a poll interval of zero is not waited for, so that each answer is followed by a pause', async () => {
  const runtime = new ManualRuntime();
  const pacer = new PollPacer(runtime, { pollIntervalMs: 0 }, WAITS);
  for (let round = 0; round < 3; round += 1)
    expect(await durationOf(runtime, pacer.untilNext(runtime.now(), never))).toBe(1);
});

test('PollPacer: a clock that was set back costs one interval at most', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  runtime.jumpTo(startedAt - 3_600_000);
  const pausing = new PollPacer(runtime, INTERVAL, {}).untilNext(startedAt, never);
  expect(await durationOf(runtime, pausing)).toBe(1_000);
});
