import { DURABILITIES } from '../../core/admission.ts';
import type { Durability } from '../../core/message.ts';
import {
  applyOptions,
  checkRuntime,
  DEFAULT_MAX_DEAD_LETTERS,
  type Resolved,
  refuse,
  requireOptions,
} from '../../core/options.ts';
import type { PlatformIdbFactory } from '../../core/platform-types.ts';
import type { Runtime } from '../../core/runtime.ts';
import { systemRuntime } from '../../core/system-runtime.ts';
import { type Locks, platformLocks } from '../../platform/locks.ts';
import type { LeaseMode } from './database/lease-mode.ts';

export interface IndexedDbBackendOptions {
  /** Names the database. Contexts that give the same name share its events. */
  readonly database: string;
  /** The factory to open it with; default is the platform's. One that is given needs its classes as globals, as `fake-indexeddb/auto` sets them. */
  readonly indexedDB?: PlatformIdbFactory | undefined;
  /**
   * When a write counts as done; default `relaxed`: once the operating system has it, which survives a crash of
   * the page and of the browser, but not always one of the machine. `strict`: once it is on disk; slower. A publish
   * may ask for the other by its option `durability`.
   */
  readonly durability?: Durability | undefined;
  /**
   * What becomes of an expired lease whose context lives; default `exclusive`: others wait until `maxHoldMs` has
   * passed since the claim, so that no handler runs twice at once because timers were throttled. `available`: others
   * take it at once. Leases of a context that is no more are taken at once in both. Needs Web Locks; where there are
   * none it is `available`, which the status tells.
   */
  readonly leaseMode?: LeaseMode | undefined;
  /**
   * What to do where the context cannot store anything (private modes, blocked site data, sandboxed frames, servers); default
   * `throw`: calls reject with `storage`. `memory`: events are kept in memory, shared with nobody and gone with the
   * page, which the status tells. Only the first call decides; a database that is slow, full or newer still throws.
   */
  readonly fallback?: 'throw' | 'memory' | undefined;
  /** How long opening may take before `open-timeout`, in milliseconds, from 1; default 10,000. */
  readonly openTimeoutMs?: number | undefined;
  /**
   * How many dead letters of a channel are kept, from 1; default 10,000. Beyond it the oldest go, a hundredth of it at a time,
   * told by `dead-letters-dropped`. Contexts should give the same: the least holds.
   */
  readonly maxDeadLetters?: number | undefined;
  /** The clock that leases and delays go by; default is the system's. */
  readonly runtime?: Runtime | undefined;
  /** The Web Locks to use, `null` for none; default is the platform's. */
  readonly locks?: Locks | null | undefined;
}

export type CheckedOptions = Omit<Resolved<IndexedDbBackendOptions>, 'indexedDB' | 'locks'> & {
  readonly factory: PlatformIdbFactory | undefined;
  readonly locks: Locks | undefined;
};

type Settings = Pick<
  CheckedOptions,
  'durability' | 'leaseMode' | 'fallback' | 'openTimeoutMs' | 'maxDeadLetters'
>;

const DEFAULTS: Settings = {
  durability: 'relaxed',
  leaseMode: 'exclusive',
  fallback: 'throw',
  openTimeoutMs: 10_000,
  maxDeadLetters: DEFAULT_MAX_DEAD_LETTERS,
};

const RULES = {
  durability: DURABILITIES,
  leaseMode: ['exclusive', 'available'],
  fallback: ['throw', 'memory'],
  openTimeoutMs: 1,
  maxDeadLetters: 1,
};

/** The options with their defaults, or a refusal. */
export function checkBackendOptions(options: IndexedDbBackendOptions): CheckedOptions {
  requireOptions(options);
  const {
    database,
    runtime = systemRuntime,
    locks = platformLocks(),
    indexedDB: givenFactory,
    ...given
  } = options;
  if (typeof database !== 'string' || database === '')
    refuse('database', 'a name of at least one character', database);
  const settings = applyOptions(DEFAULTS, given, RULES);
  checkRuntime(runtime);
  if (locks && typeof locks.request !== 'function') refuse('locks', 'a LockManager or null', locks);
  if (givenFactory !== undefined && typeof givenFactory?.open !== 'function')
    refuse('indexedDB', 'an IDBFactory', givenFactory);
  // Where there is none the first call says so: a module may make a backend on a server, too.
  const factory = givenFactory ?? platformFactory();
  return { ...settings, database, runtime, locks: locks ?? undefined, factory };
}

/** Sandboxed frames have a property that throws, or is null. */
function platformFactory(): IDBFactory | undefined {
  try {
    return typeof indexedDB === 'undefined' ? undefined : (indexedDB ?? undefined);
  } catch {
    return undefined;
  }
}
