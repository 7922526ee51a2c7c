// Covers src/vue/use-listener.ts, src/vue/when-mounted.ts, src/vue/given.ts
import type { EventChannel, ListenOptions } from 'ackline';
import { useListener } from 'ackline/vue';
import { expect, test, vi } from 'vitest';
import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { openShop, type Shop } from '../stores/binding.ts';
import { testListener } from '../stores/listener-cases.ts';
import { mount } from './mount.ts';
import { vueBinding } from './vue-binding.ts';

/** A component that listens and shows nothing. */
function listening(...given: Parameters<typeof useListener<Shop, never, Shop, 'orders'>>) {
  return mount(() => {
    useListener(...given);
    return () => null;
  });
}

testListener(vueBinding);

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
  listening(ref(events), 'orders', handler);
  await publish(1);
  await events.drain();
  expect(handler).toHaveBeenCalledTimes(1);
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
