import { claimToDrop, dropsOf } from '../../../queue/backlog-limits.ts';
import type { EventStore } from '../../../queue/event-store.ts';
import type { Backlog } from './limited-appender.ts';

/** The waiting events of a store. To drop events it claims them, so that no other context delivers them meanwhile. */
export function backlogOf(store: Pick<EventStore, 'claim' | 'settle' | 'stats'>): Backlog {
  return {
    count: async (channel) => store.stats(channel),
    drop: async (channel, limit) => {
      if ((await store.stats(channel)).ready < limit) return;
      await store.settle(dropsOf(await store.claim(claimToDrop(channel, limit))));
    },
  };
}
