import { expect, test } from 'vitest';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

test('advance: timers fire in the order of their times, each at its own time', async () => {
  const runtime = new ManualRuntime({ startAt: 1_000 });
  const fired: (readonly [name: string, at: number])[] = [];
  for (const [name, ms] of [
    ['late', 300],
    ['early', 100],
    ['middle', 200],
    ['beyond', 301],
  ] as const)
    runtime.after(ms, () => fired.push([name, runtime.now()]));
  await runtime.advance(300);
  expect(fired).toEqual([
    ['early', 1_100],
    ['middle', 1_200],
    ['late', 1_300],
  ]);
  expect([runtime.now(), runtime.pendingTimers]).toEqual([1_300, 1]);
});

test('advance: timers for the same time fire in the order in which they were set', async () => {
  const runtime = new ManualRuntime();
  const fired: number[] = [];
  for (const name of [1, 2, 3]) runtime.after(50, () => fired.push(name));
  await runtime.advance(50);
  expect(fired).toEqual([1, 2, 3]);
});

test('advance: timers that are set meanwhile fire too if they are due', async () => {
  const runtime = new ManualRuntime();
  const startedAt = runtime.now();
  const fired: number[] = [];
  const again = () => {
    fired.push(runtime.now() - startedAt);
    void Promise.resolve().then(() => runtime.after(100, again));
  };
  runtime.after(100, again);
  await runtime.advance(350);
  expect(fired).toEqual([100, 200, 300]);
});

test('after: with a time of 0 or less the timer fires without advance(), but not at once', async () => {
  const runtime = new ManualRuntime();
  let fired = 0;
  runtime.after(0, () => {
    fired += 1;
  });
  runtime.after(-5, () => {
    fired += 1;
  });
  expect(fired).toBe(0);
  await runtime.settle();
  expect([fired, runtime.pendingTimers]).toEqual([2, 0]);
});

test('after: stop() cancels the timer, and may be called twice', async () => {
  const runtime = new ManualRuntime();
  const never = () => expect.unreachable('a stopped timer fired');
  for (const ms of [0, 10]) {
    const stop = runtime.after(ms, never);
    stop();
    stop();
  }
  await runtime.advance(100);
  expect(runtime.pendingTimers).toBe(0);
});

test('jumpTo: the clock is set, also backwards, and no timer fires', async () => {
  const runtime = new ManualRuntime({ startAt: 1_000 });
  let fired = 0;
  runtime.after(100, () => {
    fired += 1;
  });
  runtime.jumpTo(5_000);
  await runtime.settle();
  expect([runtime.now(), fired]).toEqual([5_000, 0]);
  runtime.jumpTo(500);
  expect(runtime.now()).toBe(500);
  await runtime.advance(600);
  expect(fired).toBe(1);
});

test('jumpTo: after a jump back, timers keep their remaining time', async () => {
  const runtime = new ManualRuntime({ startAt: 5_000 });
  let fired = 0;
  runtime.after(100, () => {
    fired += 1;
  });
  runtime.jumpTo(500);
  await runtime.advance(99);
  expect(fired).toBe(0);
  await runtime.advance(1);
  expect(fired).toBe(1);
});

test('randomId, random: equal seeds give equal values, and different seeds do not', () => {
  const draw = (seed: number) => {
    const runtime = new ManualRuntime({ seed });
    return [runtime.randomId(), runtime.random(), runtime.randomId(), runtime.random()];
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('random: numbers are spread evenly over [0, 1)', () => {
  const runtime = new ManualRuntime();
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let round = 0; round < 10_000; round += 1) tenths[Math.floor(runtime.random() * 10)]! += 1;
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('randomId: ids do not repeat', () => {
  const runtime = new ManualRuntime();
  const ids = Array.from({ length: 10_000 }, () => runtime.randomId());
  expect(new Set(ids).size).toBe(10_000);
});

test('ManualRuntime: invalid options are refused, naming option, expectation and value', async () => {
  const make = (options: unknown) => () => new ManualRuntime(options as never);
  expect(make({ startAt: -1 })).toThrow(
    new TypeError('startAt must be a whole number from 0, got -1'),
  );
  expect(make({ seed: 1.5 })).toThrow(new TypeError('seed must be a whole number from 0, got 1.5'));
  expect(make(5)).toThrow(new TypeError('options must be an object, got 5'));
  await expect(new ManualRuntime().advance(-1)).rejects.toThrow(
    new TypeError('ms must be a whole number of milliseconds from 0, got -1'),
  );
  expect(() => new ManualRuntime().jumpTo(Number.NaN)).toThrow(TypeError);
});
