import {
  checkChoice,
  checkOptions,
  checkRuntime,
  checkWholeNumber,
  DEFAULT_MAX_DEAD_LETTERS,
  refuse,
} from '../../core/options/options.ts';
import type { Capabilities } from '../../core/protocols/capability.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import { FULL_CAPABILITIES, QUEUE_CAPABILITIES } from '../../queue/capabilities.ts';
import type { SharedStore } from '../../queue/event-store.ts';
import { ISOLATIONS, type Isolation } from '../../queue/isolation.ts';
import type { Notifier } from '../../queue/notifier.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { runLetters } from '../../queue/run-letters.ts';
import { MemoryStore } from './memory-store.ts';

export interface MemoryStoreOptions {
  /** The clock for leases and delays. Default: the clock of the system. */
  readonly runtime?: Runtime | undefined;
  /** How many dead letters of a channel are kept, from 1, default 10,000. Older ones are deleted: `dead-letters-dropped`. */
  readonly maxDeadLetters?: number | undefined;
  /**
   * How payloads and metadata are protected from changes. Default `clone`: a copy is stored, and each delivery gets its own
   * copy. `none`: the published object itself is delivered, and delivered again. Nothing is copied, so publisher and
   * consumers see each other's changes. Any value is accepted, functions too, and `maxEventBytes` is not checked. `freeze`,
   * for tests of code that will run with `none`: the same object, but a value that `clone` would refuse is refused, and its
   * objects and arrays are frozen in place. Code that changes them gets a `TypeError`, in strict mode only, and not for the
   * contents of a `Map`, a `Set`, a `Date` or a buffer.
   */
  readonly isolation?: Isolation | undefined;
}

export interface MemoryBackendOptions<Store = SharedStore> extends MemoryStoreOptions {
  /** A store to share with other backends. Default: a new store. The backend uses the runtime, `maxDeadLetters` and `isolation` of its store. */
  readonly store?: Store | undefined;
}

/** Every change of a store in memory wakes the consumers that wait for it. */
const CAPABILITIES: Capabilities = Object.freeze({ ...FULL_CAPABILITIES, staysIdle: true });

/**
 * A store that several memory backends, synchronous and asynchronous, can share.
 *
 * @example
 * const store = memoryStore();
 * const events = new EventChannel({ backend: memoryBackend({ store }) });
 * const sync = new SyncEventChannel({ backend: syncMemoryBackend({ store }) }); // the same events
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return newMemoryStore(options);
}

/** Checks the options. Default: a notifier of its own. */
export function newMemoryStore(options: MemoryStoreOptions, notifier?: Notifier): MemoryStore {
  checkOptions(options);
  const {
    runtime = systemRuntime,
    maxDeadLetters = DEFAULT_MAX_DEAD_LETTERS,
    isolation = 'clone',
  } = options;
  checkRuntime(runtime);
  checkWholeNumber('maxDeadLetters', maxDeadLetters, 1);
  checkChoice('isolation', isolation, ISOLATIONS);
  return new MemoryStore(runtime, maxDeadLetters, isolation, notifier);
}

/** The store for these options of a backend. */
export function storeFor<Store extends SharedStore>(
  options: MemoryBackendOptions<Store>,
): Store | MemoryStore {
  checkOptions(options);
  const { store, ...own } = options;
  if (store === undefined) return memoryStore(options);
  if (typeof store?.claim !== 'function') refuse('store', 'made by memoryStore()', store);
  for (const [option, value] of Object.entries(own))
    if (value !== undefined) refuse(option, 'left out where a store is given', value);
  return store;
}

/**
 * Keeps events in memory: nothing survives the context. For unit tests, and for work that may be lost with its page.
 *
 * @example
 * const events = new EventChannel<{ greeting: string }>({ backend: memoryBackend() });
 */
export function memoryBackend(options: MemoryBackendOptions = {}): AsyncEventBackend {
  const store = storeFor(options);
  const { notifier, runtime, isolation } = store;
  const capabilities = store instanceof MemoryStore ? CAPABILITIES : QUEUE_CAPABILITIES;
  return new QueueBackend({
    backendName: 'memory',
    store,
    notifier,
    runtime,
    isolation,
    capabilities,
    runLetters,
  });
}
