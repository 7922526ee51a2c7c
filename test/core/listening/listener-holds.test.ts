// Covers src/core/listening/channel-listener.ts, src/core/listening/handler-slots.ts,
// src/core/receiver.ts, src/core/session.ts, src/core/runtime/hold.ts
import { expect, test } from 'vitest';
import { type ChannelSettings, EventChannel } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';

/** A channel over the five verbs, and how often it keeps the process alive. */
function openHolding(settings: ChannelSettings = {}) {
  const held = { count: 0 };
  const runtime = Object.assign(new ManualRuntime(), {
    hold() {
      held.count += 1;
      return () => {
        held.count -= 1;
      };
    },
  });
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime, observer: () => {}, ...settings });
  return { held, runtime, backend, events };
}

for (const [keepAlive, holds] of [
  ['work', 1],
  [true, 2],
  [false, 0],
] as const)
  test(`with keepAlive ${keepAlive}, a running handler and its listener keep the process alive ${holds} times`, async () => {
    const { held, runtime, events } = openHolding({ keepAlive });
    const handler = deferred();
    const listener = events.listen('orders', () => handler.promise);
    await runtime.settle();
    expect(held.count).toBe(keepAlive === true ? 1 : 0);
    await events.publish('orders', 1);
    await runtime.advance(1_000);
    expect(held.count).toBe(holds);
    handler.resolve();
    await runtime.settle();
    expect(held.count).toBe(keepAlive === true ? 1 : 0);
    await listener.stop();
    expect(held.count).toBe(0);
  });

test('the rest after a failed handler keeps the process alive, because its event is due again', async () => {
  for (const keepAlive of ['work', false] as const) {
    const { held, runtime, events } = openHolding({ keepAlive });
    await events.publish('orders', 1);
    const handle = () => {
      throw new Error('broken');
    };
    const listener = events.listen('orders', handle, { backoffBaseMs: 1_000 });
    await runtime.settle();
    expect(held.count).toBe(keepAlive === 'work' ? 1 : 0);
    await listener.stop();
    expect(held.count).toBe(0);
  }
});

test('the rest after a failed claim keeps no process alive', async () => {
  const { held, runtime, backend, events } = openHolding();
  backend.dequeue = async () => {
    throw new Error('disk');
  };
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  expect(held.count).toBe(0);
  await listener.stop();
});

test('a caller that waits for an event, for a drain or for a shutdown keeps the process alive', async () => {
  for (const keepAlive of ['work', false] as const) {
    const { held, runtime, backend, events } = openHolding({ keepAlive });
    const holds = keepAlive === 'work' ? 1 : 0;
    const answer = deferred();
    const { dequeue } = backend;
    backend.dequeue = async (...given) => {
      await answer.promise;
      return dequeue(...given);
    };
    const waiting = events.dequeue('orders');
    await runtime.settle();
    expect(held.count).toBe(holds);
    const closing = events.shutdown();
    expect(held.count).toBe(2 * holds);
    answer.resolve();
    expect([await waiting, await closing]).toEqual([null, undefined]);
    expect(held.count).toBe(0);
  }
});
