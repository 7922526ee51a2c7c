import { checkName } from '../../core/admission.ts';
import { AcklineError } from '../../core/reports/errors.ts';
import { LocalNotifier, type Notifier } from '../../queue/notifier.ts';
import { leaseOf } from './event-state.ts';
import { type MemoryStoreOptions, newMemoryStore } from './memory-backend.ts';
import type { MemoryStore } from './memory-store.ts';

/** Stores in memory that lie apart, by partition. */
export interface MemoryPartitions {
  /** The store of a partition, for `memoryBackend` and `syncMemoryBackend`. It is made at the first call. */
  store(partition: string): MemoryStore;
  /** Resolves with the names of the partitions that have a store, sorted. */
  names(): string[];
  /**
   * Removes a partition with all of its events. Backends over its store end: listeners stop, calls throw or reject with `closed`,
   * whose cause has the code `destroyed`. A later {@link store} of this name is empty.
   */
  purge(partition: string): void;
}

/**
 * Keeps the events of several users apart, in memory: channels, ids, keys and dead letters of a partition are its own. For IndexedDB
 * see the option `partition` of `indexedDbBackend`. The options are those of `memoryStore`, for each store.
 *
 * @example
 * const partitions = memoryPartitions();
 * const events = new EventChannel({ backend: memoryBackend({ store: partitions.store(user.id) }) });
 * partitions.purge(user.id); // at sign-out
 */
export function memoryPartitions(options: MemoryStoreOptions = {}): MemoryPartitions {
  newMemoryStore(options);
  const parts = new Map<string, { readonly store: MemoryStore; readonly wakeAll: () => void }>();
  return {
    store(partition) {
      checkName('partition', partition);
      const known = parts.get(partition);
      if (known) return known.store;
      const { notifier, wakeAll } = wakingNotifier();
      const store = newMemoryStore(options, notifier);
      parts.set(partition, { store, wakeAll });
      return store;
    },
    names: () => [...parts.keys()].sort(),
    purge(partition) {
      checkName('partition', partition);
      const part = parts.get(partition);
      parts.delete(partition);
      if (!part) return;
      endStore(part.store, partition);
      part.wakeAll();
    },
  };
}

/** A notifier whose consumers can all be woken, whatever their channels are. */
function wakingNotifier(): { readonly notifier: Notifier; readonly wakeAll: () => void } {
  const local = new LocalNotifier();
  const wakes = new Set<() => void>();
  const subscribe: Notifier['subscribe'] = (channel, wake) => {
    const subscription = local.subscribe(channel, wake);
    wakes.add(wake);
    return {
      stop() {
        wakes.delete(wake);
        subscription.stop();
      },
    };
  };
  return {
    notifier: {
      subscribe,
      notify: (channels) => local.notify(channels),
      close: () => local.close(),
    },
    wakeAll: () => {
      for (const wake of [...wakes]) wake();
    },
  };
}

/** The verbs of a store that fail when its partition is gone. */
const VERBS = [
  'append',
  'claim',
  'retryNow',
  'stats',
  'deadLetters',
  'moveLetters',
  'cancel',
  'blockedKeys',
  'releaseKey',
] as const;

/**
 * Removes all events, and makes every later call fail. The store has no part in it, as in watch-store.ts. The lost leases are
 * reported, so that backends do not try to release them, and the signals of running handlers abort.
 */
function endStore(store: MemoryStore, partition: string): void {
  const message = `the partition ${partition} was purged`;
  const cause = new AcklineError('destroyed', message);
  const fail = (): never => {
    throw new AcklineError('closed', message, { cause });
  };
  for (const verb of VERBS) Object.assign(store, { [verb]: fail });
  // A backend that shuts down settles what it holds, which is nothing.
  store.settle = (requests) => (requests.length > 0 ? fail() : []);
  const held = [...store.lanes.values()].flatMap(({ leased }) => leased.takeAll());
  store.delivered.takeAll();
  store.lanes.clear();
  for (const stored of held) {
    const { channel, eventId } = stored.event;
    store.report({ type: 'lease-lost', channel, eventId, lease: leaseOf(stored)?.lease });
  }
}
