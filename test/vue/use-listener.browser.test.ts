// Covers src/vue/use-listener.ts, src/vue/when-mounted.ts, src/vue/given.ts
import { type AsyncEventHandler, EventChannel, type ListenOptions, memoryBackend } from 'ackline';
import { useListener } from 'ackline/vue';
import { expect, onTestFinished, test, vi } from 'vitest';
import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { deferred } from '../support/deferred.ts';
import { mount } from './mount.ts';

type Shop = { orders: number };

function openShop() {
  const events = new EventChannel<Shop>({ backend: memoryBackend() });
  onTestFinished(() => events.shutdown());
  const listens = vi.spyOn(events, 'listen');
  const publish = async (...orders: readonly number[]) => {
    await events.publishMany(orders.map((payload) => ({ channel: 'orders', payload })));
  };
  return { events, listens, publish };
}

/** A component that listens and shows nothing. */
function listening(...given: Parameters<typeof useListener<Shop, never, Shop, 'orders'>>) {
  return mount(() => {
    useListener(...given);
    return () => null;
  });
}

test('two mounted components handle each event once, at the first attempt', async () => {
  const { events, publish } = openShop();
  const seen: (readonly [number, number])[] = [];
  const handler: AsyncEventHandler<number> = ({ payload, attempts }) =>
    void seen.push([payload, attempts]);
  listening(events, 'orders', handler);
  await publish(1, 2);
  listening(events, 'orders', handler);
  await publish(3, 4);
  await events.drain();
  expect(seen.sort()).toEqual([1, 2, 3, 4].map((order) => [order, 1]));
});

test('refs: equal options do not restart the listener, others do, and so does another channel object', async () => {
  const { events, listens, publish } = openShop();
  const other = openShop();
  const seen: number[] = [];
  const source = shallowRef<EventChannel<Shop> | null>(null);
  const options = shallowRef<ListenOptions>({ concurrency: 2 });
  listening(source, 'orders', ({ payload }) => void seen.push(payload), options);
  expect(listens).not.toHaveBeenCalled();
  source.value = events;
  await nextTick();
  options.value = { concurrency: 2, leaseMs: undefined };
  await nextTick();
  expect(listens).toHaveBeenCalledTimes(1);
  options.value = { concurrency: 3 };
  await nextTick();
  expect(listens).toHaveBeenCalledTimes(2);
  source.value = other.events;
  await nextTick();
  await publish(1);
  await other.publish(2);
  await other.events.drain();
  expect(seen).toEqual([2]);
  expect(await events.stats('orders')).toMatchObject({ ready: 1 });
});

test('a channel in a deep ref is used without its proxy', async () => {
  const { events, publish } = openShop();
  const handler = vi.fn();
  // The type of the proxy lacks the private fields of the channel.
  listening(ref(events) as never, 'orders', handler);
  await publish(1);
  await events.drain();
  expect(handler).toHaveBeenCalledTimes(1);
});

test('after the unmount a running handler ends and is acknowledged, and nothing more is claimed', async () => {
  const { events, publish } = openShop();
  const started = deferred();
  const going = deferred();
  const ended = vi.fn();
  const { unmount } = listening(events, 'orders', async ({ signal }) => {
    started.resolve();
    await going.promise;
    ended(signal.aborted);
  });
  await publish(1, 2);
  await started.promise;
  unmount();
  going.resolve();
  await events.drain();
  await expect.poll(() => events.stats('orders')).toMatchObject({ ready: 1, leased: 0 });
  expect(ended.mock.calls).toEqual([[false]]);
});

test('an effect scope starts the listener at once, and its end stops it', async () => {
  const { events, publish } = openShop();
  const handler = vi.fn();
  const scope = effectScope();
  scope.run(() => useListener(events, 'orders', handler));
  await publish(1);
  await events.drain();
  scope.stop();
  await publish(2);
  await events.drain();
  expect(handler).toHaveBeenCalledTimes(1);
});

test('a scope within a component, which ends before the component is mounted, starts nothing', () => {
  const { events, listens } = openShop();
  mount(() => {
    const scope = effectScope();
    scope.run(() => useListener(events, 'orders', () => {}));
    scope.stop();
    return () => null;
  });
  expect(listens).not.toHaveBeenCalled();
});

test('outside of setup and of a scope it is refused, and says where it can be called', () => {
  const { events } = openShop();
  expect(() => useListener(events, 'orders', () => {})).toThrow(
    'useListener must be called in setup(), before its first await',
  );
});

test('a channel that was shut down is an error of the application', async () => {
  const { events } = openShop();
  await events.shutdown();
  const { errors } = listening(events, 'orders', () => {});
  expect(errors).toMatchObject([{ code: 'closed' }]);
});
