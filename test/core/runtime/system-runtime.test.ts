// Covers src/core/runtime/runtime.ts
import { execFile } from 'node:child_process';
import { nanoid } from 'nanoid';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemRuntime } from '../../../src/core/runtime/system-runtime.ts';
import { deferred } from '../../support/deferred.ts';

vi.mock('nanoid', async (original) => {
  const actual = await original<{ nanoid: (size?: number) => string }>();
  return { nanoid: vi.fn(actual.nanoid) };
});

const LONGEST_TIMER_MS = 2 ** 31 - 1;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('after: the timer fires once, at its time', () => {
  const run = vi.fn();
  systemRuntime.after(50, run);
  vi.advanceTimersByTime(49);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(run).toHaveBeenCalledOnce();
});

test('after: a time beyond the longest timer of the platform is kept', () => {
  const run = vi.fn();
  systemRuntime.after(2 * LONGEST_TIMER_MS + 500, run);
  vi.advanceTimersByTime(2 * LONGEST_TIMER_MS + 499);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledOnce();
});

test('after: no timer of the platform is set beyond its greatest delay', () => {
  const asked = vi.spyOn(globalThis, 'setTimeout');
  systemRuntime.after(Number.POSITIVE_INFINITY, () => {})();
  systemRuntime.after(2 ** 40, () => {})();
  expect(asked.mock.calls.map(([, ms]) => ms)).toEqual([LONGEST_TIMER_MS, LONGEST_TIMER_MS]);
});

test('after: a time that has passed is due at once, and Node prints no warning', async () => {
  vi.useRealTimers();
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const { promise, resolve } = deferred<void>();
  systemRuntime.after(-5, () => resolve());
  await promise;
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

test('after: stop() cancels it, also after the first of several platform timers, and may be called twice', () => {
  const run = vi.fn();
  const stop = systemRuntime.after(LONGEST_TIMER_MS + 10, run);
  vi.advanceTimersByTime(LONGEST_TIMER_MS + 5);
  stop();
  stop();
  vi.advanceTimersByTime(1_000);
  expect(run).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('now: it is the time of the clock', () => {
  vi.setSystemTime(1_234_567);
  expect(systemRuntime.now()).toBe(1_234_567);
});

test('randomId, random: ids differ, and random numbers lie in [0, 1)', () => {
  const ids = Array.from({ length: 100 }, () => systemRuntime.randomId());
  expect(new Set(ids).size).toBe(100);
  for (const chance of ids.map(() => systemRuntime.random()))
    expect(chance >= 0 && chance < 1).toBe(true);
});

/** What a Node process printed until it ended. A process that does not end is killed. */
function runToItsEnd(program: string): Promise<string> {
  const { promise, resolve, reject } = deferred<string>();
  const args = [
    '--import',
    './test/setup/source-entries.mjs',
    '--input-type=module',
    '-e',
    program,
  ];
  execFile(process.execPath, args, { timeout: 20_000 }, (error, printed) =>
    error ? reject(error) : resolve(printed),
  );
  return promise;
}

test('after: with keepAlive false no timer keeps a Node process alive', {
  timeout: 30_000,
}, async () => {
  vi.useRealTimers();
  const program = `
    import { EventChannel, memoryBackend } from 'ackline';
    const events = new EventChannel({ backend: memoryBackend(), pollIntervalMs: 3_600_000, keepAlive: false });
    events.listen('orders', () => {});
    events.iterEvents('orders').next();
    events.dequeue('orders');
    await events.publish('later', 1, null, { delayMs: 3_600_000 });
    events.listen('later', () => {});
    console.log('published');`;
  expect(await runToItsEnd(program)).toBe('published\n');
});

test('randomId: the platform is asked for many ids at a time, and each id is returned once', () => {
  const ids = Array.from({ length: 1_600 }, () => systemRuntime.randomId());
  expect(new Set(ids).size).toBe(1_600);
  expect(ids.filter((id) => !/^[\w-]{21}$/.test(id))).toEqual([]);
  expect(vi.mocked(nanoid).mock.calls.length).toBeLessThanOrEqual(100);
});
