import { ManualRuntime } from 'ackline/testing';
import { describe, expect, test, vi } from 'vitest';
import { SharedTimer } from '../../../../src/backends/indexeddb/hints/shared-timer.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** A shared timer, the names of the callbacks that it called, and `jump` to set its clock without effect on timers. */
function openTimer() {
  const runtime = new ManualRuntime();
  let aheadMs = 0;
  const timer = new SharedTimer({
    now: () => runtime.now() + aheadMs,
    after: (ms, run) => runtime.after(ms, run),
    randomId: () => runtime.randomId(),
    random: () => runtime.random(),
  });
  const called: string[] = [];
  const sleep = (name: string, ms: number) => timer.after(ms, () => called.push(name));
  const jump = (ms: number) => {
    aheadMs += ms;
  };
  return { runtime, called, sleep, jump };
}

test('callbacks run after their times, in order, with one timer', async () => {
  const { runtime, called, sleep } = openTimer();
  sleep('last', 300);
  sleep('first', 100);
  await runtime.advance(50);
  sleep('second', 100);
  expect(runtime.pendingTimers).toBe(1);
  await runtime.advance(49);
  expect(called).toEqual([]);
  await runtime.advance(1);
  expect(called).toEqual(['first']);
  expect(runtime.pendingTimers).toBe(1);
  await runtime.advance(50);
  expect(called).toEqual(['first', 'second']);
  await runtime.advance(149);
  expect(called).toEqual(['first', 'second']);
  await runtime.advance(1);
  expect(called).toEqual(['first', 'second', 'last']);
  expect(runtime.pendingTimers).toBe(0);
});

test('callbacks for the same time run with one timer that is set once', async () => {
  const { runtime, called, sleep } = openTimer();
  const setting = vi.spyOn(runtime, 'after');
  for (const name of ['one', 'two', 'three']) sleep(name, 100);
  await runtime.advance(100);
  expect(called).toEqual(['one', 'two', 'three']);
  expect(setting).toHaveBeenCalledTimes(1);
});

test('a stopped callback does not run, and when all are stopped there is no timer', async () => {
  const { runtime, called, sleep } = openTimer();
  const stops = [sleep('one', 100), sleep('two', 200)];
  stops[0]?.();
  expect(runtime.pendingTimers).toBe(1);
  await runtime.advance(150);
  expect(called).toEqual([]);
  stops[1]?.();
  expect(runtime.pendingTimers).toBe(0);
  sleep('three', 100);
  await runtime.advance(100);
  expect(called).toEqual(['three']);
});

test('a callback that sets itself again runs again', async () => {
  const runtime = new ManualRuntime();
  const timer = new SharedTimer(runtime);
  let calls = 0;
  const again = () => {
    calls += 1;
    timer.after(100, again);
  };
  timer.after(100, again);
  await runtime.advance(350);
  expect([calls, runtime.pendingTimers]).toEqual([3, 1]);
});

describe('when the clock is set, a callback is late by its own time at most', () => {
  for (const jumpMs of [-YEAR_MS, -500, -50, 50, 500, YEAR_MS]) {
    test(`by ${jumpMs} ms, while callbacks wait`, async () => {
      const { runtime, called, sleep, jump } = openTimer();
      sleep('long', 1_000);
      sleep('short', 100);
      await runtime.advance(60);
      jump(jumpMs);
      await runtime.advance(40);
      expect(called).toContain('short');
      await runtime.advance(1_000);
      expect(called).toContain('long');
      expect(runtime.pendingTimers).toBe(0);
    });

    test(`by ${jumpMs} ms, before a shorter callback is set`, async () => {
      const { runtime, called, sleep, jump } = openTimer();
      sleep('long', 600_000);
      await runtime.advance(60);
      jump(jumpMs);
      sleep('short', 100);
      expect(runtime.pendingTimers).toBe(1);
      await runtime.advance(100);
      expect(called).toContain('short');
      await runtime.advance(600_000);
      expect(called).toContain('long');
    });

    test(`by ${jumpMs} ms, before a longer callback is set`, async () => {
      const { runtime, called, sleep, jump } = openTimer();
      sleep('first', 1_000);
      await runtime.advance(900);
      jump(jumpMs);
      sleep('second', 1_500);
      await runtime.advance(1_000);
      expect(called).toContain('first');
      await runtime.advance(2_000);
      expect(called).toContain('second');
    });
  }
});

test('after the clock was set ahead, a short callback does not wait for a longer one that was set before', async () => {
  const { runtime, called, sleep, jump } = openTimer();
  sleep('long', 600_000);
  jump(599_950);
  sleep('short', 100);
  await runtime.advance(100);
  expect(called).toContain('short');
});

test('when the timer fires a moment early, only due callbacks run', async () => {
  const { runtime, called, sleep, jump } = openTimer();
  sleep('one', 100);
  sleep('two', 200);
  // On platforms timers and the clock may run by different sources.
  jump(-1);
  await runtime.advance(100);
  expect(called).toEqual(['one']);
});
