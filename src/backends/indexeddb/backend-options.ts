import { DURABILITIES } from '../../core/admission.ts';
import type { Durability } from '../../core/events/message.ts';
import {
  applyOptions,
  checkRuntime,
  DEFAULT_MAX_DEAD_LETTERS,
  type Resolved,
  refuse,
  requireOptions,
} from '../../core/options/options.ts';
import type { PlatformIdbFactory } from '../../core/runtime/platform-types.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import { idleLocks, type Locks } from '../../platform/locks.ts';
import { sharedWithNewer } from '../../platform/outdated-locks.ts';
import { databaseName } from './database/database-name.ts';
import type { LeaseMode } from './database/lease-mode.ts';
import { platformFactory } from './database/platform-factory.ts';
import type { IndexedDbFeature } from './feature-value.ts';
import { checkFeatures } from './indexeddb-feature.ts';
import type { StorageFallback } from './memory-fallback.ts';

export interface IndexedDbBackendOptions {
  /** Names the database. Contexts that give the same name share its events. */
  readonly database: string;
  /**
   * Keeps the events apart from those of other partitions: a signed-in user, say. Channels, ids, keys, dead letters and hints
   * of a partition are its own. 1 to 200 characters, stored as they are. The partition is a database of its own, which
   * `purgePartition` deletes. Default: none, which is another place than every partition.
   */
  readonly partition?: string | undefined;
  /** The factory that opens it. Default: the platform's. Another one needs its classes as globals, as `fake-indexeddb/auto` sets them. */
  readonly indexedDB?: PlatformIdbFactory | undefined;
  /**
   * When a write counts as done. Default `relaxed`: once the operating system has it. It then survives a crash of the page
   * and of the browser, but not always a crash of the machine. `strict`: once it is on disk, which is slower. The option
   * `durability` of a publish overrides it.
   */
  readonly durability?: Durability | undefined;
  /**
   * When another context may take over an expired lease of a context that is still alive. Default `exclusive`: once
   * `maxHoldMs` have passed since the claim, so that throttled timers cannot make a handler run twice at once. `available`:
   * at expiry. In both modes the leases of a context that has ended are taken over at once. A lease of a context without
   * Web Locks ends at its expiry. The status of such a context says `available`.
   */
  readonly leaseMode?: LeaseMode | undefined;
  /**
   * What happens in a context that cannot store anything: private modes, blocked site data, sandboxed frames, servers.
   * Default `throw`: calls reject with `storage`. {@link memoryFallback}: events are kept in memory. They are then not shared
   * with other contexts, and lost when the page ends. The status says so. The first call decides this for good. A database that
   * is slow, full or has a newer schema still makes calls reject.
   */
  readonly fallback?: 'throw' | StorageFallback | undefined;
  /**
   * What few pages need, and the others do not load: values that `ackline/indexeddb` exports, such as `redriveFeature`. Default:
   * none. A verb or an option whose feature is missing is refused with `unsupported`, and the error names the feature.
   */
  readonly features?: readonly IndexedDbFeature[] | undefined;
  /** How long opening may take before calls reject with `open-timeout`, in milliseconds from 1. Default: 10,000. */
  readonly openTimeoutMs?: number | undefined;
  /**
   * How many dead letters of a channel are kept, from 1. Default: 10,000. Beyond it the oldest are deleted, a hundredth of
   * `maxDeadLetters` at a time, and the observer gets `dead-letters-dropped`. All contexts should use the same value. If they
   * do not, the smallest one has effect.
   */
  readonly maxDeadLetters?: number | undefined;
  /** Clock and timers for leases and delays. Default: the system's. */
  readonly runtime?: Runtime | undefined;
  /** The Web Locks to use, `null` for none. Default: the platform's. */
  readonly locks?: Locks | null | undefined;
}

export type CheckedOptions = Omit<
  Resolved<IndexedDbBackendOptions>,
  'indexedDB' | 'locks' | 'partition'
> & {
  /** The name of the database, that of the partition where there is one. */
  readonly database: string;
  readonly isPartition: boolean;
  readonly factory: PlatformIdbFactory | undefined;
  readonly locks: Locks | undefined;
};

type Settings = Pick<
  CheckedOptions,
  'durability' | 'leaseMode' | 'fallback' | 'features' | 'openTimeoutMs' | 'maxDeadLetters'
>;

const DEFAULTS: Settings = {
  durability: 'relaxed',
  leaseMode: 'exclusive',
  fallback: 'throw',
  features: [],
  openTimeoutMs: 10_000,
  maxDeadLetters: DEFAULT_MAX_DEAD_LETTERS,
};

const RULES = {
  durability: DURABILITIES,
  leaseMode: ['exclusive', 'available'],
  fallback: checkFallback,
  features: checkFeatures,
  openTimeoutMs: 1,
  maxDeadLetters: 1,
};

function checkFallback(option: string, value: unknown): void {
  if (value !== 'throw' && typeof value !== 'function')
    refuse(option, "'throw' or memoryFallback of ackline/indexeddb", value);
}

/** The options with their defaults. Throws a `TypeError` for an invalid option. */
export function checkBackendOptions(options: IndexedDbBackendOptions): CheckedOptions {
  requireOptions(options, 'options', 'an object with database');
  const {
    database: name,
    partition,
    runtime = systemRuntime,
    locks = idleLocks(),
    indexedDB: givenFactory,
    ...given
  } = options;
  const database = databaseName(name, partition);
  const isPartition = partition !== undefined;
  const settings = applyOptions(DEFAULTS, given, RULES);
  checkRuntime(runtime);
  if (locks && typeof locks.request !== 'function') refuse('locks', 'a LockManager or null', locks);
  if (givenFactory !== undefined && typeof givenFactory?.open !== 'function')
    refuse('indexedDB', 'an IDBFactory', givenFactory);
  // Without a factory the first call rejects. A module may create a backend on a server, too.
  const factory = givenFactory ?? platformFactory();
  const shared = sharedWithNewer(locks ?? undefined);
  return { ...settings, database, isPartition, runtime, locks: shared, factory };
}
