import { expect, test } from 'vitest';
import type { EventMessage } from '../../src/core/events/message.ts';
import type { DequeueOptions } from '../../src/core/protocols/protocols.ts';
import { ignore } from '../../src/core/runtime/ignore.ts';
import { ClaimWaiter } from '../../src/queue/claim-waiter.ts';
import type { Claim, ClaimRequest } from '../../src/queue/event-store.ts';
import { LocalNotifier, type Notifier, type Subscription } from '../../src/queue/notifier.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

const INTERVAL_MS = 1_000;

/** A waiter whose claims find nothing, and how often it holds the process. `nextDueAt`: when an event is due. */
function openWaiter(nextDueAt: number | null = null) {
  const runtime = new ManualRuntime();
  const held = { count: 0 };
  const waiter = new ClaimWaiter({
    claim: (): Claim => ({ messages: [], nextDueAt }),
    notifier: new LocalNotifier(),
    clock: runtime,
    hold: () => {
      held.count += 1;
      return () => {
        held.count -= 1;
      };
    },
  });
  const request = { channel: 'a', limit: 1, pollIntervalMs: INTERVAL_MS } as ClaimRequest;
  const claim = (options: Pick<DequeueOptions, 'keepAlive'>) => waiter.claim(request, options);
  return { runtime, waiter, held, claim };
}

type KeepAlive = DequeueOptions['keepAlive'];

const CASES: readonly (readonly [keepAlive: KeepAlive, nextDueAt: number | null, holds: number])[] =
  [
    [undefined, null, 0],
    [false, 2e12, 0],
    [true, null, 1],
    ['work', null, 0],
    ['work', 2e12, 1],
  ];

for (const [keepAlive, nextDueAt, holds] of CASES)
  test(`claim: with keepAlive ${keepAlive}, a wait ${nextDueAt === null ? 'for nothing' : 'for an event that is due later'} keeps the process alive ${holds} times`, async () => {
    const { runtime, held, claim } = openWaiter(nextDueAt);
    const waiting = claim(keepAlive === undefined ? {} : { keepAlive });
    await runtime.settle();
    expect(held.count).toBe(holds);
    await runtime.advance(INTERVAL_MS);
    expect((await waiting).messages).toEqual([]);
    // A listener claims again within 20 ms.
    expect(held.count).toBe(holds);
    await runtime.advance(20);
    expect(held.count).toBe(0);
    expect(runtime.pendingTimers).toBe(0);
  });

test('close: ends a wait at once, which then keeps no process alive', async () => {
  const { runtime, waiter, held, claim } = openWaiter();
  const waiting = claim({ keepAlive: true });
  await runtime.settle();
  waiter.close();
  expect((await waiting).messages).toEqual([]);
  expect([held.count, runtime.pendingTimers]).toEqual([0, 0]);
  await claim({ keepAlive: true }).catch(ignore);
  expect([held.count, runtime.pendingTimers]).toEqual([0, 0]);
});

const message = { eventId: 'x', channel: 'a', payload: 1 } as unknown as EventMessage;
const taken: Claim = { messages: [message], nextDueAt: null };

/** A waiter over a notifier that writes down its calls. `claims`: what the claims answer, one after the other, and then nothing. */
function openWatched(claims: readonly Claim[], answers: Partial<Subscription> = {}) {
  const runtime = new ManualRuntime();
  const left = [...claims];
  const calls: string[] = [];
  let wake = ignore;
  const notifier: Notifier = {
    notify: ignore,
    close: ignore,
    subscribe: (channel, onWake, pollIntervalMs) => {
      calls.push(`subscribe ${channel} ${pollIntervalMs}`);
      wake = onWake;
      return { ...answers, stop: (nextDueAt) => void calls.push(`stop ${nextDueAt}`) };
    },
  };
  const claim = () => {
    calls.push('claim');
    return left.shift() ?? { messages: [], nextDueAt: null };
  };
  const waiter = new ClaimWaiter({ claim, notifier, clock: runtime, hold: () => ignore });
  const begin = (options: Parameters<ClaimWaiter['claim']>[1] = {}, pollIntervalMs = INTERVAL_MS) =>
    waiter.claim({ channel: 'a', limit: 1, pollIntervalMs } as ClaimRequest, options);
  return { runtime, calls, begin, wake: () => wake() };
}

const nothing = (nextDueAt: number | null): Claim => ({ messages: [], nextDueAt });

test('claim: an event that a store returns at once needs no subscription', async () => {
  const { calls, begin } = openWatched([taken]);
  expect((await begin()).messages).toEqual([message]);
  expect(calls).toEqual(['claim']);
});

test('claim: an event that comes after a wake-up ends the wait, and the notifier is given no due time', async () => {
  const { runtime, calls, begin, wake } = openWatched([nothing(null), taken]);
  const waiting = begin();
  await runtime.settle();
  wake();
  expect((await waiting).messages).toEqual([message]);
  expect(calls).toEqual(['claim', 'subscribe a 1000', 'claim', 'stop undefined']);
  expect(runtime.pendingTimers).toBe(0);
});

test('claim: at the end of its interval it claims once more, and gives the notifier the next due time', async () => {
  const { runtime, calls, begin } = openWatched([nothing(null), nothing(9e12)]);
  const waiting = begin();
  await runtime.advance(INTERVAL_MS);
  expect((await waiting).messages).toEqual([]);
  expect(calls).toEqual(['claim', 'subscribe a 1000', 'claim', 'stop 9000000000000']);
});

test('claim: with a poll interval of 0 it answers after one claim, also where it may stay idle', async () => {
  for (const staysIdle of [true, false]) {
    const { calls, begin } = openWatched([]);
    expect((await begin({ staysIdle }, 0)).messages).toEqual([]);
    expect(calls).toEqual(['claim', 'subscribe a 0', 'stop null']);
  }
});

test('claim: with staysIdle and nothing to come it waits for a wake-up alone, and with an event to come it polls', async () => {
  const { runtime, calls, begin, wake } = openWatched([nothing(null), nothing(9e12)]);
  const waiting = begin({ staysIdle: true });
  await runtime.advance(10 * INTERVAL_MS);
  expect([calls.length, runtime.pendingTimers]).toEqual([2, 0]);
  wake();
  expect((await waiting).messages).toEqual([]);
  expect(calls.slice(2)).toEqual(['claim', 'stop 9000000000000']);
});

test('claim: it claims when the next event is due, unless the notifier says that another context does', async () => {
  for (const rests of [true, false]) {
    const due = nothing(new ManualRuntime().now() + 300);
    const { runtime, calls, begin } = openWatched([due, taken], { rest: () => rests });
    const waiting = begin();
    await runtime.advance(299);
    expect(calls).toEqual(['claim', 'subscribe a 1000']);
    await runtime.advance(1);
    expect(calls.length).toBe(rests ? 4 : 2);
    await runtime.advance(INTERVAL_MS);
    expect((await waiting).messages).toEqual([message]);
  }
});

test('claim: while the notifier knows that nothing is due there is no claim, and it is asked with the time that is left', async () => {
  const asked: number[] = [];
  const nextDueAt = (leftMs: number) => {
    asked.push(leftMs);
    return leftMs > 0 ? null : undefined;
  };
  const { runtime, calls, begin, wake } = openWatched([nothing(null)], { nextDueAt });
  const waiting = begin();
  await runtime.advance(400);
  wake();
  await runtime.advance(600);
  expect((await waiting).messages).toEqual([]);
  expect(asked).toEqual([600, 0]);
  expect(calls).toEqual(['claim', 'subscribe a 1000', 'claim', 'stop null']);
});

test('claim: an abort during the sleep rejects with its reason at once, and claims no more', async () => {
  const { runtime, calls, begin } = openWatched([]);
  const ending = new AbortController();
  const waiting = begin({ signal: ending.signal });
  await runtime.settle();
  ending.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(calls).toEqual(['claim', 'subscribe a 1000', 'stop undefined']);
  expect(runtime.pendingTimers).toBe(0);
  await expect(begin({ signal: ending.signal })).rejects.toThrow('enough');
  expect(calls.length).toBe(3);
});
