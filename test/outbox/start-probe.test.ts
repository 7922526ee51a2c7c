import { expect, test } from 'vitest';
import { startProbe } from '../../src/outbox/start-probe.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

test('startProbe: answers what the probe resolves with, and no for a failure or another value', async () => {
  const runtime = new ManualRuntime();
  const answerOf = (probe: () => unknown) => startProbe(probe as () => boolean, runtime).answer;
  expect(await answerOf(() => true)).toBe(true);
  expect(await answerOf(async () => true)).toBe(true);
  expect(await answerOf(() => false)).toBe(false);
  expect(await answerOf(() => 'yes')).toBe(false);
  expect(await answerOf(() => Promise.reject(new Error('refused')))).toBe(false);
  const fail = () => {
    throw new Error('broken');
  };
  expect(await answerOf(fail)).toBe(false);
  expect(runtime.pendingTimers).toBe(0);
});

test('startProbe: a probe that hangs is ended after ten seconds, or by its caller, and its signal aborts', async () => {
  const runtime = new ManualRuntime();
  const signals: AbortSignal[] = [];
  const hang = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<boolean>(() => undefined);
  };
  const late = startProbe(hang, runtime);
  await runtime.advance(10_000);
  expect(await late.answer).toBe(false);
  const ended = startProbe(hang, runtime);
  await runtime.settle();
  ended.end();
  expect(await ended.answer).toBe(false);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});
