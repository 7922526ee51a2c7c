import { expect, test } from 'vitest';
import type { DequeueOptions } from '../../src/core/protocols/protocols.ts';
import { ignore } from '../../src/core/runtime/ignore.ts';
import { ClaimWaiter } from '../../src/queue/claim-waiter.ts';
import type { Claim, ClaimRequest } from '../../src/queue/event-store.ts';
import { LocalNotifier } from '../../src/queue/notifier.ts';
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
