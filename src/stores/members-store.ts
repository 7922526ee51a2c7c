import type { Member } from '../core/events/receipts.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { keptStore } from './kept-store.ts';
import type { Store } from './store.ts';

/** The members, and undefined before the first answer. */
export type MembersSnapshot = readonly Member[] | undefined;

/** A channel whose members can be watched. */
export interface MembersSource {
  watchMembers(channel: never, watcher: (members: readonly Member[]) => void): Stop;
}

export function membersStore(events: MembersSource, channel: string): Store<MembersSnapshot> {
  return keptStore(events, `members ${channel}`, () => makeStore(events, channel));
}

/** One watch for all subscribers. */
function makeStore(events: MembersSource, channel: string): Store<MembersSnapshot> {
  const subscribers = new Set<{ readonly onChange: () => void }>();
  let members: MembersSnapshot;
  let stop: Stop = ignore;
  const onMembers = (next: readonly Member[]) => {
    members = next;
    for (const { onChange } of [...subscribers]) onChange();
  };
  return {
    getSnapshot: () => members,
    subscribe: (onChange) => {
      const subscriber = { onChange };
      if (subscribers.size === 0) stop = events.watchMembers(channel as never, onMembers);
      subscribers.add(subscriber);
      return () => {
        if (subscribers.delete(subscriber) && subscribers.size === 0) stop();
      };
    },
  };
}
