import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/react';
import { createElement } from 'react';
import type { Binding, Mounted } from '../stores/binding.ts';
import { mount } from './mount.ts';

/** Mounts a component that shows what a hook returns, under StrictMode. */
function showing(hook: () => unknown): Mounted {
  return mount(() => createElement('output', null, JSON.stringify(hook() ?? null)), {});
}

export const reactBinding: Binding = {
  listening: (events, handler) => showing(() => useListener(events, 'orders', handler)),
  stats: (events) => showing(() => useStats(events, 'orders')),
  letters: (events, limit) => showing(() => useDeadLetters(events, 'orders', { limit })),
  outbox: (outbox) => showing(() => useOutbox(outbox)),
  members: (events) => showing(() => useMembers(events, 'orders')),
  status: (target) => showing(() => useStatus(target)),
};
