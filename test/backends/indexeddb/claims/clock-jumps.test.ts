// Covers src/backends/indexeddb/claims/clock-set-back.ts, src/backends/indexeddb/claims/takeover.ts
import { EventChannel, type Runtime } from 'ackline';
import { type ManualRuntime, recordingObserver } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { deferred } from '../../../support/deferred.ts';
import { mortalLocks } from '../../../support/mortal-locks.ts';
import { drafts, openDatabase } from '../open-indexeddb.ts';

const HOUR_MS = 3_600_000;
const YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const STEPS = [1, 1_000, 59_999, 61_000, HOUR_MS, 24 * HOUR_MS, YEARS_MS];
const JUMPS = STEPS.flatMap((ms) => [ms, -ms]);
const HOLD_MS = 600_000;

function jump(runtime: ManualRuntime, ms: number): void {
  runtime.jumpTo(runtime.now() + ms);
}

describe('after a clock jump', () => {
  for (const ms of JUMPS) {
    test(`of ${ms} ms: a ready event is delivered once, and an ack is final`, async () => {
      const { open, runtime } = openDatabase();
      const [owner, other] = [open(), open()];
      await owner.publish('a', 'held');
      const held = await owner.dequeue('a', 0, { maxHoldMs: HOLD_MS });
      await owner.publish('a', 'ready');
      jump(runtime, ms);
      const found = await other.dequeueMany('a', 9, 0);
      // After a jump of maxHoldMs or more the hold has ended, so the event is taken over once.
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

    test(`of ${ms} ms: the events of a dead context are delivered at once`, async () => {
      const { open, runtime } = openDatabase();
      const locks = mortalLocks();
      const doomed = open({ locks });
      await doomed.publish('a', 1);
      await doomed.dequeue('a', 0);
      jump(runtime, ms);
      locks.die();
      expect(await open().dequeue('a', 0)).toMatchObject({ attempts: 2 });
    });

    test(`of ${ms} ms between publish and claim: guard rows decide, and are deleted later`, async () => {
      const { open, runtime, rows, tidied } = openDatabase();
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
        await tidied();
      }
      expect([await rows('epochs'), await rows('endings')]).toMatchObject([[{}], []]);
    });
  }

  for (const ms of STEPS)
    test(`of -${ms} ms: no event waits longer than its delay, comes early, or comes twice`, async () => {
      const { open, runtime, rows } = openDatabase();
      const [first, second] = [open(), open()];
      await first.publish('a', 'delayed', null, { delayMs: HOUR_MS });
      await first.publish('a', 'nacked');
      const nacked = await first.dequeue('a', 0);
      await first.nack(String(nacked?.eventId), nacked?.lease, { delayMs: HOUR_MS });
      const before = runtime.now();
      jump(runtime, -ms);
      const claimAll = () =>
        Promise.all([first, second].map((backend) => backend.dequeueMany('a', 9, 0)));
      expect(await claimAll()).toEqual([[], []]);
      // A difference of up to a second may be the clock of another context. By that clock no event may come early.
      const isSetBack = ms > 1_000;
      await runtime.advance(HOUR_MS + (isSetBack ? 0 : ms) - 1);
      expect(await claimAll()).toEqual([[], []]);
      await runtime.advance(1);
      const found = (await claimAll()).flat();
      expect(found.map(({ payload }) => payload)).toEqual(['delayed', 'nacked']);
      for (const { availableAt } of found) expect(availableAt).toBe(runtime.now());
      expect(runtime.now()).toBe(before - (isSetBack ? ms : 0) + HOUR_MS);
      expect(await claimAll()).toEqual([[], []]);
      expect(await rows('returned')).toEqual([]);
    });

  test('back, many times: a wait that has started again is not lengthened further', async () => {
    const { open, runtime } = openDatabase();
    const backend = open();
    await backend.publish('a', 1, null, { delayMs: HOUR_MS });
    jump(runtime, -YEARS_MS);
    for (let minute = 0; minute < 59; minute += 1) {
      expect(await backend.dequeue('a', 0)).toBeNull();
      await runtime.advance(60_000);
      jump(runtime, -1_000);
    }
    expect(await backend.dequeue('a', 0)).toBeNull();
    await runtime.advance(60_000 + 59_000);
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
  });

  test('back: a context that hangs keeps its leases for maxHoldMs from the jump, and no longer', async () => {
    const { open, runtime } = openDatabase();
    const [hung, other] = [open(), open()];
    await hung.publish('a', 1);
    const held = await hung.dequeue('a', 0, { maxHoldMs: HOLD_MS });
    jump(runtime, -YEARS_MS);
    expect(await other.dequeue('a', 0)).toBeNull();
    await runtime.advance(HOLD_MS - 1);
    expect(await other.dequeue('a', 0)).toBeNull();
    await runtime.advance(1);
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
    expect(await hung.ack(String(held?.eventId), held?.lease)).toBe('stale');
  });

  test('back: the holder can settle an event after another context corrected its claim', async () => {
    const { open, runtime } = openDatabase();
    const [owner, other] = [open(), open()];
    await owner.publishMany(drafts('a', 3));
    const held = await owner.dequeueMany('a', 3, 0);
    jump(runtime, -YEARS_MS);
    const answers = await Promise.all([
      owner.ack(String(held[0]?.eventId)),
      other.dequeue('a', 0),
      owner.ack(String(held[1]?.eventId)),
    ]);
    expect(answers).toEqual(['ok', null, 'ok']);
    expect(await owner.ack(String(held[2]?.eventId))).toBe('ok');
    expect(await other.stats('a')).toMatchObject({ ready: 0, leased: 0 });
  });

  test('back: a waiting consumer wakes when the restarted delay is over', async () => {
    const { open, runtime } = openDatabase();
    const backend = open();
    await backend.publish('a', 1, null, { delayMs: HOUR_MS });
    jump(runtime, -YEARS_MS);
    const waiting = backend.dequeue('a', 2 * HOUR_MS);
    await expect.poll(() => runtime.pendingTimers).toBeGreaterThan(0);
    await runtime.advance(HOUR_MS);
    expect(await waiting).toMatchObject({ payload: 1, availableAt: runtime.now() });
  });

  test('back: two contexts correct thousands of waiting events at once', async () => {
    const { open, runtime, rows } = openDatabase();
    const [first, second] = [open(), open()];
    const delayed = drafts('a', 1_500).map((one) => ({ ...one, options: { delayMs: HOUR_MS } }));
    await first.publishMany(delayed);
    jump(runtime, -YEARS_MS);
    await Promise.all([first.dequeue('a', 0), second.dequeue('a', 0)]);
    const waiting = (await rows('returned')) as { dueAt: number; since: number }[];
    expect(waiting).toHaveLength(1_500);
    const due = new Set(waiting.map(({ dueAt, since }) => `${dueAt} ${since}`));
    expect([...due]).toEqual([`${runtime.now() + HOUR_MS} ${runtime.now()}`]);
  });

  test('forward: a delayed event becomes due, and is delivered once', async () => {
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

/** The timers of a hidden tab fire once a minute at most. */
function throttled(runtime: ManualRuntime): Runtime {
  return {
    now: () => runtime.now(),
    after: (ms, run) => runtime.after(Math.max(1, Math.ceil(ms / 60_000)) * 60_000, run),
    randomId: () => runtime.randomId(),
    random: () => runtime.random(),
  };
}

test('throttled timers: a handler in a hidden tab keeps its event, although each extension is late', async () => {
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

test('sleep: after the machine slept, a running handler goes on if no other context took its event', async () => {
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
  // The timer of the extension fires only now, long after the lease has expired.
  await runtime.advance(1);
  await expect.poll(() => observer.of('settled')).toMatchObject([{ settlement: 'ok' }]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  work.resolve();
  await expect.poll(() => events.stats('a')).toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
  await events.shutdown();
});
