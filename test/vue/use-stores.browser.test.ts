// Covers src/vue/*.ts, src/stores/*.ts
import { useStats } from 'ackline/vue';
import { test } from 'vitest';
import { nextTick, shallowRef } from 'vue';
import { openShop, type ShopEvents, shown } from '../stores/binding.ts';
import { testStores } from '../stores/store-cases.ts';
import { mount } from './mount.ts';
import { vueBinding } from './vue-binding.ts';

testStores(vueBinding);

test('useStats: follows a ref of another channel object, and none', async () => {
  const first = openShop();
  const second = openShop();
  await second.publish(1);
  const events = shallowRef<ShopEvents | null>(first.events);
  const place = mount(() => {
    const stats = useStats(events, 'orders');
    return () => stats.value;
  });
  await shown(place).toMatchObject({ stats: { ready: 0 } });
  events.value = second.events;
  await shown(place).toMatchObject({ stats: { ready: 1 } });
  events.value = null;
  await nextTick();
  await shown(place).toEqual({ isEnded: false });
});
