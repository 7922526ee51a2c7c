import { describe, expect, test } from 'vitest';
import type { HandlerPort, LeasedDelivery } from '../../../src/core/listening/handler-port.ts';
import {
  consequenceOf,
  releaseUnseen,
  reportHandlerError,
  settleByConsequence,
} from '../../../src/core/listening/retry.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/options/options.ts';
import type { ObserverEvent } from '../../../src/core/reports/observer.ts';
import { AcklineError, RejectError, RetryError, type Settlement } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const ABLE = {
  reject: true,
  delayMs: true,
  maxAttempts: true,
  countsAsAttempt: true,
  offline: true,
} as const;

/** The greatest delay, where the random number is always just below 1. */
const settings = { ...DEFAULT_SETTINGS, maxAttempts: 3, backoffBaseMs: 100, backoffMaxMs: 1_000 };

function openPort(capabilities: HandlerPort['capabilities'] = ABLE, random = 0.999_999) {
  const reports: ObserverEvent[] = [];
  const runtime = Object.assign(new ManualRuntime(), { random: () => random });
  const port: HandlerPort = { runtime, capabilities, report: (event) => reports.push(event) };
  return { port, reports };
}

/** A delivery whose settlements are written down and answered with `answer`. */
function openDelivery(attempts: number, answer: Settlement | Error = 'ok') {
  const settled: unknown[] = [];
  const settle = async (...given: unknown[]) => {
    settled.push(given);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const message = { eventId: 'x', attempts };
  const handle = { channel: 'a', eventId: 'x', message, settle };
  return { handle: handle as unknown as LeasedDelivery, settled };
}

const failure = (name: string, message: string) => ({ name, message });

describe('consequenceOf', () => {
  const of = (error: unknown, attempts = 1, capabilities: HandlerPort['capabilities'] = ABLE) => {
    const { port, reports } = openPort(capabilities);
    const { handle } = openDelivery(attempts);
    return { ...consequenceOf(handle, error, settings, port), reports };
  };

  test('of an error is a retry after the back-off, until the attempts are used up', () => {
    const error = failure('TypeError', 'odd');
    const retried = { verb: 'nack', isRetried: true, reports: [] };
    const odd = new TypeError('odd');
    expect(of(odd)).toEqual({ ...retried, options: { delayMs: 100, error } });
    expect(of(odd, 2)).toEqual({ ...retried, options: { delayMs: 200, error } });
    expect(of(odd, 3)).toMatchObject({ isRetried: false });
    expect(of(odd, 4)).toMatchObject({ isRetried: false });
    expect(of(odd, 9, { ...ABLE, maxAttempts: undefined } as never)).toMatchObject({
      ...{ isRetried: true, options: { delayMs: 1_000 } },
    });
  });

  test('of a RejectError is a dead letter with its message, and a retry where the backend has none', () => {
    const error = failure('RejectError', 'no');
    const { reject: _, ...less } = ABLE;
    expect(of(new RejectError('no'))).toEqual({
      ...{ verb: 'reject', options: { reason: 'no', error }, reports: [] },
    });
    expect(of(new RejectError('no'), 1, less)).toMatchObject({ verb: 'nack', options: { error } });
  });

  test('of a RetryError is a retry after its delay', () => {
    expect(of(new RetryError(7))).toMatchObject({ options: { delayMs: 7 }, isRetried: true });
    expect(of(new RetryError(0), 2).verb).toBe('nack');
    expect(of(new RetryError(7), 3)).toMatchObject({ isRetried: false });
  });

  test('of a RetryError with a delay that is none is a retry after the back-off, and a fault', () => {
    for (const delayMs of [-1, 0.5, Number.NaN, '5']) {
      const { options, reports } = of(new RetryError(delayMs as number));
      expect(options).toMatchObject({ delayMs: 100 });
      expect(reports).toMatchObject([{ type: 'fault', during: 'settle', channel: 'a' }]);
      expect(String((reports[0] as { error?: unknown }).error)).toContain('RetryError.delayMs');
    }
  });

  test('of an error that does not count is always a retry, at least a millisecond later', () => {
    const postponed = new RetryError(0, { countsAsAttempt: false });
    const error = failure('RetryError', 'retry in 0 ms');
    for (const attempts of [1, 3, 9])
      expect(of(postponed, attempts)).toEqual({
        ...{ verb: 'nack', isRetried: true, reports: [] },
        options: { delayMs: 1, error, countsAsAttempt: false },
      });
  });

  test('of an error that does not count, over a backend that counts all, is reported, and counts', () => {
    const { countsAsAttempt: _, ...less } = ABLE;
    const consequence = of(new RetryError(0, { countsAsAttempt: false }), 3, less);
    expect(consequence).toMatchObject({ options: { delayMs: 0 }, isRetried: false });
    expect(consequence.options).not.toHaveProperty('countsAsAttempt');
    expect(consequence.reports).toMatchObject([
      { type: 'fault', during: 'settle', channel: 'a', error: { code: 'unsupported' } },
    ]);
  });

  test('of an offline device keeps the reason, where the backend knows it', () => {
    const offline = new RetryError(5, { reason: 'offline' });
    const reason = { reason: 'offline', countsAsAttempt: false };
    expect(of(offline)).toMatchObject({ options: { delayMs: 5, ...reason } });
    const counted = new RetryError(5, { reason: 'offline', countsAsAttempt: true });
    expect(of(counted)).toMatchObject({ options: { ...reason, countsAsAttempt: true } });
    const { offline: _, ...less } = ABLE;
    expect(of(offline, 1, less).options).not.toHaveProperty('reason');
  });

  test('of an error of the 25th attempt on is a retry at least a millisecond later', () => {
    const delays = [24, 25].map((attempts) => of(new RetryError(0), attempts).options);
    expect(delays).toMatchObject([{ delayMs: 0 }, { delayMs: 1 }]);
  });

  test('over a backend without delays is a retry at once', () => {
    const { delayMs: _, ...less } = ABLE;
    expect(of(new RetryError(50), 30, less)).toMatchObject({ options: { delayMs: 0 } });
  });
});

test('reportHandlerError: has the limit of attempts where the backend has one, and the delay of a retry alone', () => {
  const { handle } = openDelivery(2);
  const reportOf = (capabilities: HandlerPort['capabilities'], error: unknown, isKept = true) => {
    const { port, reports } = openPort(capabilities);
    const consequence = isKept ? consequenceOf(handle, error, settings, port) : undefined;
    reportHandlerError(handle, error, settings, port, consequence);
    return reports[0];
  };
  const error = new RetryError(7);
  const report = { type: 'handler-error', channel: 'a', eventId: 'x', attempts: 2, error };
  expect(reportOf(ABLE, error)).toEqual({ ...report, maxAttempts: 3, delayMs: 7 });
  expect(reportOf(ABLE, error, false)).toEqual({ ...report, maxAttempts: 3 });
  expect(reportOf({}, error)).toEqual({ ...report, delayMs: 0 });
  const rejecting = new RejectError('no');
  expect(reportOf(ABLE, rejecting)).toMatchObject({ delayMs: null, error: rejecting });
});

test('settleByConsequence: a retry is reported once it was accepted, and no other end is', async () => {
  const scheduled = { type: 'retry-scheduled', channel: 'a', eventId: 'x', delayMs: 7 };
  const settle = async (attempts: number, error: unknown, answer: Settlement = 'ok') => {
    const { port, reports } = openPort();
    const { handle, settled } = openDelivery(attempts, answer);
    await settleByConsequence(handle, consequenceOf(handle, error, settings, port), port);
    return [settled, reports];
  };
  const error = failure('RetryError', 'retry in 7 ms');
  const nack = [['nack', { delayMs: 7, error }]];
  expect(await settle(1, new RetryError(7))).toEqual([nack, [{ ...scheduled, attempts: 1 }]]);
  expect(await settle(1, new RetryError(7), 'stale')).toEqual([nack, []]);
  expect(await settle(3, new RetryError(7))).toEqual([nack, []]);
  const rejected = { reason: 'no', error: failure('RejectError', 'no') };
  expect(await settle(1, new RejectError('no'))).toEqual([[['reject', rejected]], []]);
});

test('releaseUnseen: nacks each event without counting the attempt, and reports what fails, except after a shutdown', async () => {
  const { port, reports } = openPort();
  const broken = new Error('disk');
  const closed = new AcklineError('closed', 'it was shut down');
  const deliveries = [openDelivery(1), openDelivery(1, broken), openDelivery(1, closed)];
  await releaseUnseen(
    deliveries.map(({ handle }) => handle),
    port,
  );
  const uncounted = [['nack', { countsAsAttempt: false }]];
  expect(deliveries.map(({ settled }) => settled)).toEqual([uncounted, uncounted, uncounted]);
  expect(reports).toEqual([{ type: 'fault', during: 'settle', channel: 'a', error: broken }]);
  const counted = openDelivery(1);
  await releaseUnseen([counted.handle], openPort({}).port);
  expect(counted.settled).toEqual([['nack', undefined]]);
});
