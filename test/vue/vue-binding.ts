import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/vue';
import type { ShallowRef } from 'vue';
import type { Binding, Mounted } from '../stores/binding.ts';
import { mount } from './mount.ts';

/** Mounts a component that shows what a composable returns. */
function showing(composable: () => Readonly<ShallowRef<unknown>>): Mounted {
  return mount(() => {
    const shown = composable();
    return () => shown.value;
  });
}

export const vueBinding: Binding = {
  listening: (events, handler) =>
    mount(() => {
      useListener(events, 'orders', handler);
      return () => null;
    }),
  stats: (events) => showing(() => useStats(events, 'orders')),
  letters: (events, limit) => showing(() => useDeadLetters(events, 'orders', { limit })),
  outbox: (outbox) => showing(() => useOutbox(outbox)),
  members: (events) => showing(() => useMembers(events, 'orders')),
  status: (target) => showing(() => useStatus(target)),
};
