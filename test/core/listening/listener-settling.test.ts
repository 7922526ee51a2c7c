// Covers src/core/listening/handler-slots.ts
import { expect, test } from 'vitest';
import type { ChannelSettings, Delivery } from '../../../src/index.ts';
import type { Fault } from '../../../src/testing.ts';
import { type Deferred, deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

/** A channel over a store that answers no settlement before the test resolves `answer`. */
function openSlowChannel(settings?: ChannelSettings) {
  const answer: Deferred<void> = deferred();
  const slow = (nth: number): Fault => ({
    kind: 'delay',
    call: 'settle',
    nth,
    until: answer.promise,
  });
  const faults = Array.from({ length: 10 }, (_, index) => slow(index + 1));
  return { ...openChannel(settings, faults), answer };
}

async function publishAll(
  { events }: Pick<ReturnType<typeof openSlowChannel>, 'events'>,
  payloads: readonly unknown[],
) {
  for (const payload of payloads) await events.publish('orders', payload);
}

test('listen: while one event is being acknowledged, the next one is handled', async () => {
  const channel = openSlowChannel();
  const seen: unknown[] = [];
  channel.events.listen('orders', ({ payload }) => seen.push(payload));
  await publishAll(channel, [1, 2]);
  await channel.runtime.settle();
  expect(seen).toEqual([1, 2]);
  channel.answer.resolve();
  await channel.runtime.settle();
  expect(await channel.other.stats('orders')).toMatchObject({ leased: 0, ready: 0 });
});

test('listen: while settlements are in progress, at most twice `concurrency` events are leased', async () => {
  const channel = openSlowChannel();
  const seen: unknown[] = [];
  channel.events.listen('orders', ({ payload }) => seen.push(payload), { concurrency: 2 });
  await publishAll(channel, [1, 2, 3, 4, 5, 6]);
  await channel.runtime.settle();
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(await channel.other.stats('orders')).toMatchObject({ leased: 4, ready: 2 });
  channel.answer.resolve();
  await channel.runtime.settle();
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
});

test('listen: while settlements are in progress, at most `concurrency` handlers run', async () => {
  const channel = openSlowChannel();
  const running: Deferred<void>[] = [];
  const handle = () => {
    const handler = deferred();
    running.push(handler);
    return handler.promise;
  };
  channel.events.listen('orders', handle, { concurrency: 2 });
  await publishAll(channel, [1, 2, 3, 4, 5, 6]);
  await channel.runtime.settle();
  expect(running.length).toBe(2);
  running[1]?.resolve();
  await channel.runtime.settle();
  expect(running.length).toBe(3);
});

test('listen: after a handler failed, its slot stays taken until its event was nacked', async () => {
  const channel = openSlowChannel({ backoffBaseMs: 0 });
  const seen: unknown[] = [];
  channel.events.listen('orders', ({ payload, attempts }) => {
    seen.push([payload, attempts]);
    if (attempts === 1 && payload === 'again') throw new Error('not yet');
  });
  await publishAll(channel, ['again', 'next']);
  await channel.runtime.settle();
  expect(seen).toEqual([['again', 1]]);
  channel.answer.resolve();
  await channel.runtime.settle();
  expect(seen).toEqual([
    ['again', 1],
    ['again', 2],
    ['next', 1],
  ]);
});

test('drain: it waits for the settlements, and counts their events', async () => {
  const channel = openSlowChannel();
  channel.events.listen('orders', () => {});
  await publishAll(channel, [1, 2, 3]);
  let drained: number | undefined;
  const draining = channel.events.drain().then((count) => {
    drained = count;
  });
  await channel.runtime.settle();
  expect(drained).toBeUndefined();
  channel.answer.resolve();
  await channel.runtime.settle();
  await draining;
  expect(drained).toBe(3);
});

test('stop: it waits for a settlement that is never answered until maxHoldMs have passed', async () => {
  const channel = openSlowChannel({ maxHoldMs: 90_000 });
  const seen: Delivery[] = [];
  const listener = channel.events.listen('orders', (delivery) => seen.push(delivery));
  await publishAll(channel, [1]);
  await channel.runtime.settle();
  const stopping = listener.stop();
  await channel.runtime.advance(89_999);
  expect([seen.length, listener.status]).toEqual([1, 'stopping']);
  await channel.runtime.advance(1);
  await stopping;
  expect([listener.status, seen[0]?.signal.aborted]).toEqual(['stopped', true]);
});

test('drain: it waits for settlements that are never answered until the leases of all slots have ended', async () => {
  const channel = openSlowChannel({ maxHoldMs: 90_000 });
  channel.events.listen('orders', () => {}, { concurrency: 2 });
  let isDrained = false;
  const draining = channel.events.drain().then(() => {
    isDrained = true;
  });
  await publishAll(channel, [1, 2]);
  // After the first 90 s both events are due again. They are handled in the slots beside those that settle.
  await channel.runtime.advance(179_999);
  expect(isDrained).toBe(false);
  await channel.runtime.advance(1);
  await draining;
});

test('drain: after a handler without its lease ended, it waits for the handler that runs in its place', async () => {
  const { runtime, events } = openChannel({ maxHoldMs: 60_000, pollIntervalMs: 3_600_000 });
  const running: Deferred<void>[] = [];
  const handle = () => {
    const handler = deferred();
    running.push(handler);
    return handler.promise;
  };
  const listener = events.listen('orders', handle);
  await events.publish('orders', 1);
  // The lease of the handler ends, and the handler goes on.
  await runtime.advance(60_000);
  running[0]?.resolve();
  await runtime.settle();
  expect(running.length).toBe(2);
  let isDrained = false;
  const draining = events.drain().then(() => {
    isDrained = true;
  });
  await runtime.settle();
  expect(isDrained).toBe(false);
  running[1]?.resolve();
  await runtime.settle();
  await draining;
  await listener.stop();
});
