import type { Stop } from '../../core/runtime/runtime.ts';
import type { MemoryStore } from './memory-store.ts';

/** The verbs of a store after which the counts of a channel may be different. */
const VERBS = [
  'append',
  'settle',
  'retryNow',
  'moveLetters',
  'cancel',
  'releaseKey',
  'close',
] as const;

type Watchers = Set<() => void>;

const watched = new WeakMap<MemoryStore, Watchers>();

/**
 * Calls `onChange` after each call that may have changed the store, until the returned function is called. The store has no
 * part in it, because its entry is small and few programs watch a store: its verbs are replaced by the first watch.
 */
export function watchStore(store: MemoryStore, onChange: () => void): Stop {
  const watchers = watched.get(store) ?? replaceVerbs(store);
  const watcher = () => onChange();
  watchers.add(watcher);
  // Reports what no verb shows: leases and events that have expired.
  const stopObserving = store.observe(watcher);
  return () => {
    watchers.delete(watcher);
    stopObserving();
  };
}

function replaceVerbs(store: MemoryStore): Watchers {
  const watchers: Watchers = new Set();
  watched.set(store, watchers);
  const callAll = () => {
    for (const watcher of [...watchers]) watcher();
  };
  for (const verb of VERBS) {
    const call = store[verb].bind(store) as (...given: readonly unknown[]) => unknown;
    const calling = (...given: readonly unknown[]) => {
      try {
        return call(...given);
      } finally {
        callAll();
      }
    };
    Object.assign(store, { [verb]: calling });
  }
  const claim = store.claim.bind(store);
  store.claim = (request) => {
    const claimed = claim(request);
    if (claimed.messages.length > 0) callAll();
    return claimed;
  };
  return watchers;
}
