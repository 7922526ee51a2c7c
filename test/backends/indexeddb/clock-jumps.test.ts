import { EventChannel, type Runtime } from 'ackline';
import { type ManualRuntime, recordingObserver } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { deferred } from '../../support/deferred.ts';
import { mortalLocks } from '../../support/mortal-locks.ts';
import { openDatabase } from './open-indexeddb.ts';

const HOUR_MS = 3_600_000;
const YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const STEPS = [1, 1_000, 59_999, 61_000, HOUR_MS, 24 * HOUR_MS, YEARS_MS];
const JUMPS = STEPS.flatMap((ms) => [ms, -ms]);
const HOLD_MS = 600_000;

function jump(runtime: ManualRuntime, ms: number): void {
  runtime.jumpTo(runtime.now() + ms);
}

describe('a clock that jumps', () => {
  for (const ms of JUMPS) {
    test(`by ${ms} ms: what is ready is delivered, once, and an ack is final`, async () => {
      const { open, runtime } = openDatabase();
      const [owner, other] = [open(), open()];
      await owner.publish('a', 'held');
      const held = await owner.dequeue('a', 0, { maxHoldMs: HOLD_MS });
      await owner.publish('a', 'ready');
      jump(runtime, ms);
      const found = await other.dequeueMany('a', 9, 0);
      // A jump of more than maxHoldMs is as if that had passed: the event is taken over, once.
      const isTakenOver = ms >= HOLD_MS;
      const payloads = isTakenOver ? ['held', 'ready'] : ['ready'];
      expect(found.map(({ payload }) => payload)).toEqual(payloads);
      expect(await other.dequeue('a', 0)).toBeNull();
      expect(await owner.ack(String(held?.eventId), held?.lease)).toBe(
        isTakenOver ? 'stale' : 'ok',
      );
      for (const { eventId } of found) expect(await other.ack(eventId)).toBe('ok');
      jump(runtime, -ms);
      expect(await owner.dequeue('a', 0)).toBeNull();
    });

    test(`by ${ms} ms: what a dead context held is delivered at once`, async () => {
      const { open, runtime } = openDatabase();
      const locks = mortalLocks();
      const doomed = open({ locks });
      await doomed.publish('a', 1);
      await doomed.dequeue('a', 0);
      jump(runtime, ms);
      locks.die();
      expect(await open().dequeue('a', 0)).toMatchObject({ attempts: 2 });
    });

    test(`by ${ms} ms between publish and claim: guards still decide, and go again`, async () => {
      const { open, runtime, rows } = openDatabase();
      const [first, second] = [open(), open()];
      for (let index = 0; index < 4; index += 1) {
        await first.publish('a', index);
        jump(runtime, ms * (-1) ** index);
        const found = await Promise.all([first.dequeue('a', 0), second.dequeue('a', 0)]);
        const [message, ...others] = found.filter((one) => one !== null);
        expect([message?.payload, others]).toEqual([index, []]);
        expect(await first.ack(String(message?.eventId), message?.lease)).toBe('ok');
      }
      jump(runtime, -Math.abs(ms));
      for (let minute = 0; minute < 4; minute += 1) {
        await runtime.advance(61_000);
        expect(await first.dequeue('a', 0)).toBeNull();
      }
      expect([await rows('epochs'), await rows('endings')]).toMatchObject([[{}], []]);
    });
  }

  test('forward makes what was delayed due, once', async () => {
    const { open, runtime } = openDatabase();
    const [first, second] = [open(), open()];
    await first.publish('a', 1, null, { delayMs: HOUR_MS });
    jump(runtime, HOUR_MS - 1);
    expect(await second.dequeue('a', 0)).toBeNull();
    jump(runtime, 1);
    expect(await second.dequeue('a', 0)).toMatchObject({ payload: 1, attempts: 1 });
    expect(await first.dequeue('a', 0)).toBeNull();
  });
});

/** Timers of a hidden tab: they fire once a minute, however soon they were to fire. */
function throttled(runtime: ManualRuntime): Runtime {
  return {
    now: () => runtime.now(),
    after: (ms, run) => runtime.after(Math.max(1, Math.ceil(ms / 60_000)) * 60_000, run),
    randomId: () => runtime.randomId(),
    random: () => runtime.random(),
  };
}

test('throttled timers: a handler in a hidden tab keeps what it holds, though each extension comes late', async () => {
  const { open, runtime } = openDatabase();
  const observer = recordingObserver();
  const backend = open({ runtime: throttled(runtime) });
  const hidden = new EventChannel({ backend, observer });
  const seen = new EventChannel({ backend: open() });
  const work = deferred();
  let started = 0;
  const handler = () => {
    started += 1;
    return work.promise;
  };
  hidden.listen('a', handler);
  await seen.publish('a', 'slow');
  await expect.poll(() => started).toBe(1);
  seen.listen('a', handler);
  for (let minute = 1; minute <= 5; minute += 1) {
    await runtime.advance(60_000);
    await expect.poll(() => observer.of('settled')).toHaveLength(minute);
  }
  work.resolve();
  await expect.poll(() => seen.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
  expect(observer.of('lease-lost')).toEqual([]);
  expect(started).toBe(1);
  await seen.shutdown();
  await hidden.shutdown();
});

test('sleep: a handler that was at work goes on, if nobody took its event meanwhile', async () => {
  const { open, runtime } = openDatabase();
  const observer = recordingObserver();
  const events = new EventChannel({ backend: open(), observer });
  const work = deferred();
  const signals: AbortSignal[] = [];
  events.listen('a', ({ signal }) => {
    signals.push(signal);
    return work.promise;
  });
  await events.publish('a', 1);
  await expect.poll(() => signals).toHaveLength(1);
  jump(runtime, 5 * 60_000);
  // The timer of the extension fires now, long after the lease has expired.
  await runtime.advance(1);
  await expect.poll(() => observer.of('settled')).toMatchObject([{ settlement: 'ok' }]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  work.resolve();
  await expect.poll(() => events.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
  await events.shutdown();
});
