import {
  checkOptions,
  checkRuntime,
  checkWholeNumber,
  DEFAULT_MAX_DEAD_LETTERS,
  refuse,
} from '../../core/options.ts';
import type { AsyncEventBackend } from '../../core/protocols.ts';
import type { Runtime } from '../../core/runtime.ts';
import { systemRuntime } from '../../core/system-runtime.ts';
import type { SharedStore } from '../../queue/event-store.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { MemoryStore } from './memory-store.ts';

export interface MemoryStoreOptions {
  /** The clock that leases and delays go by; default is the system's. */
  readonly runtime?: Runtime;
  /** How many dead letters of a channel are kept, from 1; default 10,000. Beyond it the oldest go, told by `dead-letters-dropped`. */
  readonly maxDeadLetters?: number;
}

export interface MemoryBackendOptions<Store = SharedStore> extends MemoryStoreOptions {
  /** A store to share with other backends; default is one of its own. Its runtime and its `maxDeadLetters` are the backend's. */
  readonly store?: Store;
}

/** A store that several memory backends, synchronous and asynchronous, can share. */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkOptions(options);
  const { runtime = systemRuntime, maxDeadLetters = DEFAULT_MAX_DEAD_LETTERS } = options;
  checkRuntime(runtime);
  return new MemoryStore(runtime, checkWholeNumber('maxDeadLetters', maxDeadLetters, 1));
}

/** The store that a backend's options ask for. */
export function storeFor<Store extends SharedStore>(
  options: MemoryBackendOptions<Store>,
): Store | MemoryStore {
  checkOptions(options);
  const { store, runtime, maxDeadLetters } = options;
  if (store === undefined) return memoryStore(options);
  if (typeof store?.claim !== 'function') refuse('store', 'made by memoryStore()', store);
  if (runtime !== undefined) refuse('runtime', 'left out where a store is given', runtime);
  if (maxDeadLetters !== undefined)
    refuse('maxDeadLetters', 'left out where a store is given', maxDeadLetters);
  return store;
}

/** Keeps events in memory: nothing survives the context. For unit tests, and for work that may be lost with its page. */
export function memoryBackend(options: MemoryBackendOptions = {}): AsyncEventBackend {
  const store = storeFor(options);
  const { notifier, runtime } = store;
  return new QueueBackend({ backendName: 'memory', store, notifier, runtime });
}
