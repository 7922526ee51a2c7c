import { useSyncExternalStore } from 'react';
import { ignore } from '../core/runtime/ignore.ts';
import type { Store } from '../stores/store.ts';

/** Must be the same function in each render: React subscribes again where it changes. */
const subscribeToNothing = () => ignore;

/** The snapshot of a store. On a server, during hydration, and without a store it is `before`. */
export function useStore<Snapshot>(store: Store<Snapshot> | undefined, before: Snapshot): Snapshot {
  const getBefore = () => before;
  const { subscribe, getSnapshot } = store ?? {
    subscribe: subscribeToNothing,
    getSnapshot: getBefore,
  };
  return useSyncExternalStore(subscribe, getSnapshot, getBefore);
}
