import type { FallbackStore } from '../backends/indexeddb/fallback-store.ts';
import type { MemoryStore } from '../backends/memory/memory-store.ts';
import { watchStore } from '../backends/memory/watch-store.ts';
import { requireCapability } from '../core/delivery/settler.ts';
import type { EventResult, KeptResult } from '../core/events/event-result.ts';
import type { AsyncEventBackend } from '../core/protocols/protocols.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { AnyBackend } from '../inspection/inspectable.ts';
import type { EventStore, MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';
import type { ChangeWatch, Notifier } from '../queue/notifier.ts';

/** Reads the results that a store keeps, and reports changes. */
export interface ResultsSource {
  read(queue: string, eventIds: readonly string[]): MaybePromise<EventResult[]>;
  watch(queue: string, onChange: () => void): ChangeWatch;
}

/** The source of a backend. Throws if the backend was shut down, or keeps no results; `asked` is named in that error. */
export function resultsSourceOf(backend: AnyBackend, asked: string): MaybePromise<ResultsSource> {
  requireCapability(backend, 'retentionMs', asked);
  const inspected = partOf(backend, 'inspected') as InspectedParts | undefined;
  if (!inspected) return ownSourceOf(backend);
  inspected.requireOpen();
  const { store, notifier } = inspected;
  // A store that has not decided yet whether it keeps events in IndexedDB or in memory.
  if (!('choose' in store)) return sourceOfStore(store, notifier);
  return (store as FallbackStore).choose().then((chosen) => sourceOfStore(chosen, notifier));
}

function sourceOfStore(store: EventStore, notifier: Notifier): ResultsSource {
  return {
    read: (queue, eventIds) => {
      const kept = store.results?.(queue, eventIds) ?? [];
      return isPromiseLike(kept)
        ? kept.then((found) => named(eventIds, found))
        : named(eventIds, kept);
    },
    watch: (queue, onChange) => watchOf(store, notifier, queue, onChange),
  };
}

/** The kind of a store is found by its properties, so that this entry does not import the stores. */
function watchOf(
  store: EventStore,
  notifier: Notifier,
  queue: string,
  onChange: () => void,
): ChangeWatch {
  if ('lanes' in store) return { next: ignore, stop: watchStore(store as MemoryStore, onChange) };
  return notifier.watch?.(queue, onChange) ?? { next: ignore, stop: ignore, mustPoll: () => true };
}

function named(
  eventIds: readonly string[],
  found: readonly (KeptResult | undefined)[],
): EventResult[] {
  return eventIds.map((eventId, index) => found[index] ?? { eventId, state: 'unknown' });
}

/** The source of a backend that has the verbs itself. */
function ownSourceOf(backend: AnyBackend): ResultsSource {
  return {
    read: (queue, eventIds) => {
      const { results } = backend as AsyncEventBackend;
      return results?.call(backend, queue, eventIds) ?? named(eventIds, []);
    },
    watch: (queue, onChange) => {
      const stop = backend.watchStats?.(queue, onChange);
      return { next: ignore, stop: stop ?? ignore, mustPoll: () => stop === undefined };
    },
  };
}
