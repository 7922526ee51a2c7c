import type { FallbackStore } from '../backends/indexeddb/fallback-store.ts';
import type { GroupedStore } from '../backends/indexeddb/groups/grouped-store.ts';
import type { HintNotifier } from '../backends/indexeddb/hints/hint-notifier.ts';
import type { IndexedDbStore } from '../backends/indexeddb/indexeddb-store.ts';
import { IndexedDbSource } from '../backends/indexeddb/inspection/indexeddb-source.ts';
import { MemorySource } from '../backends/memory/memory-source.ts';
import type { MemoryStore } from '../backends/memory/memory-store.ts';
import type { ChannelStats } from '../core/events/message.ts';
import type { BrowsedPage, ChannelsPage } from '../core/protocols/browsed-page.ts';
import type { AsyncEventBackend, SyncEventBackend } from '../core/protocols/protocols.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';
import type { Notifier } from '../queue/notifier.ts';

type AnyBackend = AsyncEventBackend | SyncEventBackend;

/** The source of a backend that declares the capability. Throws if the backend was shut down. */
export function sourceOf(backend: AnyBackend): MaybePromise<InspectionSource> {
  const inspected = partOf(backend, 'inspected') as InspectedParts | undefined;
  if (!inspected) return ownSourceOf(backend);
  inspected.requireOpen();
  const { store, notifier } = inspected;
  const { runtime = systemRuntime } = backend;
  // A store that has not decided yet whether it keeps events in IndexedDB or in memory.
  if ('choose' in store)
    return (store as FallbackStore)
      .choose()
      .then((chosen) => sourceOfStore(chosen, notifier, runtime));
  return sourceOfStore(store, notifier, runtime);
}

/** The kind of a store is found by its properties, so that this entry does not import the stores. */
function sourceOfStore(
  store: object,
  notifier: Notifier | undefined,
  runtime: Runtime,
): InspectionSource {
  if ('source' in store) return store.source as InspectionSource;
  if (!('counter' in store)) return new MemorySource(store as MemoryStore);
  const { counter } = store as GroupedStore | IndexedDbStore;
  const grouped = 'copier' in store ? (store as GroupedStore) : undefined;
  const hints = notifier as HintNotifier;
  return new IndexedDbSource({
    ...{ counter, notifier: hints, now: () => runtime.now() },
    queueOf: async (name) => (await grouped?.queueOf(name)) ?? name,
  });
}

/** The source of a backend that has the verbs itself. */
function ownSourceOf(backend: AnyBackend): InspectionSource {
  return {
    browse: ({ channel, ...options }) =>
      backend.browse?.(channel, options) as MaybePromise<BrowsedPage>,
    channels: (limit, after) =>
      backend.channels?.({ limit, ...(after !== '' && { after }) }) as MaybePromise<ChannelsPage>,
    stats: (channel) => {
      const stats = backend.stats?.(channel) as MaybePromise<ChannelStats>;
      return isPromiseLike(stats) ? stats.then(withoutEstimate) : withoutEstimate(stats);
    },
    // Such a backend reports the change itself.
    nextDueAt: () => Number.POSITIVE_INFINITY,
    watch: (channel, onChange) => ({
      next: ignore,
      stop: backend.watchStats?.(channel, onChange) ?? ignore,
    }),
  };
}

function withoutEstimate({ estimate, ...stats }: ChannelStats): ChannelStats {
  return stats;
}
