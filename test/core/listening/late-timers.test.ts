// Covers src/core/listening/lease-keeper.ts
import { expect, test } from 'vitest';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { openRunning } from '../../support/open-running.ts';

test('maxHoldMs: a timer that fires after the end of the hold requests no extension', async () => {
  const { runtime, observer, handler, deliveries } = await openRunning({
    leaseMs: 400,
    maxHoldMs: 3_000,
  });
  await runtime.advance(2_500);
  runtime.jumpTo(runtime.now() + 621);
  await runtime.advance(400);
  expect(observer.of('fault')).toEqual([]);
  expect(observer.of('lease-lost').length).toBe(1);
  expect(deliveries[0]?.signal.aborted).toBe(true);
  handler.resolve();
  await runtime.settle();
  expect(observer.of('lease-lost').length).toBe(1);
});

test('maxHoldMs: with timers of any lateness no extension is refused, and the loss is reported once', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const chance = new ManualRuntime({ seed });
    const below = (limit: number) => Math.floor(chance.random() * limit);
    const settings = { leaseMs: 1 + below(500), maxHoldMs: 1 + below(3_000) };
    const { runtime, observer, deliveries, handler, events } = await openRunning(settings);
    while (!deliveries[0]?.signal.aborted) {
      runtime.jumpTo(runtime.now() + below(900));
      await runtime.advance(below(300));
    }
    expect({ settings, faults: observer.of('fault') }).toEqual({ settings, faults: [] });
    expect(observer.of('lease-lost').length).toBe(1);
    handler.resolve();
    await runtime.settle();
    await events.shutdown({ mode: 'release' });
  }
});
