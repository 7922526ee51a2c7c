import { ManualRuntime } from 'ackline/testing';
import { describe, expect, test, vi } from 'vitest';
import { SharedTimer } from '../../../../src/backends/indexeddb/hints/shared-timer.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/** An alarm, what it has called so far, by name, and a hand at its clock, of which timers know nothing. */
function openAlarm() {
  const runtime = new ManualRuntime();
  let aheadMs = 0;
  const alarm = new SharedTimer({
    now: () => runtime.now() + aheadMs,
    after: (ms, run) => runtime.after(ms, run),
    randomId: () => runtime.randomId(),
    random: () => runtime.random(),
  });
  const called: string[] = [];
  const sleep = (name: string, ms: number) => alarm.after(ms, () => called.push(name));
  const jump = (ms: number) => {
    aheadMs += ms;
  };
  return { runtime, called, sleep, jump };
}

test('calls each after its time, in order, by one timer', async () => {
  const { runtime, called, sleep } = openAlarm();
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

test('calls those that are due at the same time by one timer, which is set once', async () => {
  const { runtime, called, sleep } = openAlarm();
  const setting = vi.spyOn(runtime, 'after');
  for (const name of ['one', 'two', 'three']) sleep(name, 100);
  await runtime.advance(100);
  expect(called).toEqual(['one', 'two', 'three']);
  expect(setting).toHaveBeenCalledTimes(1);
});

test('whoever has stopped is not called, and the last one takes the timer away', async () => {
  const { runtime, called, sleep } = openAlarm();
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

test('whoever sleeps again when called is called again', async () => {
  const runtime = new ManualRuntime();
  const alarm = new SharedTimer(runtime);
  let calls = 0;
  const again = () => {
    calls += 1;
    alarm.after(100, again);
  };
  alarm.after(100, again);
  await runtime.advance(350);
  expect([calls, runtime.pendingTimers]).toEqual([3, 1]);
});

describe('nobody is late by more than his time where the clock is set', () => {
  for (const jumpMs of [-YEAR_MS, -500, -50, 50, 500, YEAR_MS]) {
    test(`by ${jumpMs} ms, while they sleep`, async () => {
      const { runtime, called, sleep, jump } = openAlarm();
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

    test(`by ${jumpMs} ms, before another one goes to sleep`, async () => {
      const { runtime, called, sleep, jump } = openAlarm();
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

    test(`by ${jumpMs} ms, before one goes to sleep who is to be called later`, async () => {
      const { runtime, called, sleep, jump } = openAlarm();
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

test('a clock that was set ahead makes nobody wait for one who went to sleep before', async () => {
  const { runtime, called, sleep, jump } = openAlarm();
  sleep('long', 600_000);
  jump(599_950);
  sleep('short', 100);
  await runtime.advance(100);
  expect(called).toContain('short');
});

test('a timer that is a moment early does not call those whose time has not come', async () => {
  const { runtime, called, sleep, jump } = openAlarm();
  sleep('one', 100);
  sleep('two', 200);
  // As by the clock of a context whose timers go by another one.
  jump(-1);
  await runtime.advance(100);
  expect(called).toEqual(['one']);
});
