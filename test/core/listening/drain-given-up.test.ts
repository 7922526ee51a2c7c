// Covers src/core/listening/channel-listener.ts, src/core/listening/handler-slots.ts
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { ChannelListener } from '../../../src/core/listening/channel-listener.ts';
import { deferred } from '../../support/deferred.ts';
import { nextTask } from '../../support/next-task.ts';
import { openChannel } from '../../support/open-channel.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A listener with room for two handlers, of which one hangs. */
async function openHung() {
  const opened = openChannel();
  const { events, runtime } = opened;
  const handler = deferred();
  const payloads: unknown[] = [];
  const listener = events.listen(
    'orders',
    ({ payload }) => {
      payloads.push(payload);
      return payload === 'hangs' ? handler.promise : undefined;
    },
    { concurrency: 2 },
  );
  await events.publish('orders', 'hangs');
  await runtime.settle();
  return { ...opened, handler, listener, payloads };
}

type Hung = Awaited<ReturnType<typeof openHung>>;

/** Starts a drain and aborts it. */
async function abortDrain({ events, runtime }: Hung): Promise<WeakRef<AbortSignal>> {
  const ending = new AbortController();
  const draining = expect(events.drain({ signal: ending.signal })).rejects.toBe('enough');
  await runtime.settle();
  ending.abort('enough');
  await draining;
  return new WeakRef(ending.signal);
}

async function countKept(signals: readonly WeakRef<AbortSignal>[]): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await nextTask();
    collectGarbage();
  }
  return signals.filter((signal) => signal.deref() !== undefined).length;
}

test('drain: after aborted drains nothing keeps their signals while a handler hangs', async () => {
  const hung = await openHung();
  const signals: WeakRef<AbortSignal>[] = [];
  for (let nth = 0; nth < 50; nth += 1) signals.push(await abortDrain(hung));
  // The engine may still hold the last one.
  expect(await countKept(signals)).toBeLessThanOrEqual(1);
  hung.handler.resolve();
  expect(await hung.events.drain()).toBe(1);
});

test('drain: after aborted drains a listener that is stopping keeps none of their signals', async () => {
  const hung = await openHung();
  const stopping = hung.listener.stop();
  const signals: WeakRef<AbortSignal>[] = [];
  for (let nth = 0; nth < 50; nth += 1) signals.push(await abortDrain(hung));
  expect(await countKept(signals)).toBeLessThanOrEqual(1);
  hung.handler.resolve();
  await stopping;
});

test('drain: when one drain is aborted, the handler that another one waits for is still reported', async () => {
  const hung = await openHung();
  const { events, runtime, handler, observer } = hung;
  const draining = events.drain();
  await abortDrain(hung);
  await runtime.advance(5_000);
  expect(observer.of('waiting-for-handler')).toMatchObject([{ waitedMs: 5_000 }]);
  handler.resolve();
  await draining;
});

test('drain: when one drain is aborted, other drains still wait and the listener still handles events', async () => {
  const hung = await openHung();
  const { events, runtime, handler, payloads } = hung;
  let count: number | undefined;
  const draining = events.drain().then((handled) => {
    count = handled;
  });
  await abortDrain(hung);
  expect(count).toBe(undefined);
  handler.resolve();
  await draining;
  expect(count).toBe(1);
  const other = await openHung();
  await abortDrain(other);
  await other.events.publish('orders', 'later');
  await other.runtime.settle();
  expect(other.payloads).toEqual(['hangs', 'later']);
  await runtime.settle();
  expect(payloads).toEqual(['hangs']);
});

test('drain: once it is aborted, no handler is reported as one that a caller waits for', async () => {
  const hung = await openHung();
  await abortDrain(hung);
  await hung.runtime.advance(60_000);
  expect(hung.observer.of('waiting-for-handler')).toEqual([]);
  hung.handler.resolve();
  await hung.events.shutdown();
});

test('drain: of a listener that has stopped, or with an aborted signal, it counts nothing', async () => {
  const { events } = openChannel();
  const listener = events.listen('orders', () => {}) as ChannelListener;
  expect(await listener.drain(AbortSignal.abort())).toBe(0);
  await events.publish('orders', 1);
  expect(await listener.drain()).toBe(1);
  await listener.stop();
  expect(await listener.drain()).toBe(0);
});
