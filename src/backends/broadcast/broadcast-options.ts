import {
  applyOptions,
  checkRuntime,
  checkWholeNumber,
  type Resolved,
  refuse,
  requireOptions,
} from '../../core/options.ts';
import type { Runtime } from '../../core/runtime.ts';
import { systemRuntime } from '../../core/system-runtime.ts';
import { sharedLocks } from '../../platform/locks.ts';
import { openWire } from '../../platform/open-wire.ts';
import type { QueryableLocks } from './members/lock-roster.ts';
import type { Wire } from './wire/message-wire.ts';
import { USUAL_ITEMS } from './wire/messages.ts';

export interface BroadcastBackendOptions {
  /** Names the line between contexts: those that give the same name, of one origin or one Node process, share events. */
  readonly name: string;
  /** Whether this context gets its own copy of what it publishes, where it is a member; default true. */
  readonly self?: boolean | undefined;
  /** How many events of each channel a member keeps, and gets when it joins, from 0 to 1,000; default 0. */
  readonly history?: number | undefined;
  /** How many events are kept for members that missed some, of all channels together, from 0; default 1,000. What a frozen tab missed beyond is reported as `events-missed`. */
  readonly repairEvents?: number | undefined;
  /** The same in bytes, from 0; default 4,194,304. */
  readonly repairBytes?: number | undefined;
  /** How many events of one channel wait here to be acknowledged at the most, from 1; default 100,000. Others that come are dropped, and reported as `events-missed`. */
  readonly maxBacklogEvents?: number | undefined;
  /** The same in bytes, from 1; default 67,108,864. Also the most that one event may have. */
  readonly maxBacklogBytes?: number | undefined;
  /** In Node, whether being a member of any channel keeps the process or worker alive; default false: the `keepAlive` of each channel and listener decides. */
  readonly keepAlive?: boolean | undefined;
  /** The clock that leases, delays and time-outs go by; default is the system's. */
  readonly runtime?: Runtime | undefined;
  /** The Web Locks by which members are found, `null` for none; default is the platform's, in Node none: its threads do not share them. All contexts of a name must have them, or none. */
  readonly locks?: QueryableLocks | null | undefined;
  /** Opens what messages go over; default is a BroadcastChannel. */
  readonly openWire?: (name: string) => Wire | undefined;
}

export type CheckedOptions = Resolved<Omit<BroadcastBackendOptions, 'locks'>> & {
  readonly locks: QueryableLocks | undefined;
};

type Settings = Omit<Resolved<BroadcastBackendOptions>, 'name' | 'runtime' | 'locks' | 'openWire'>;

const DEFAULTS: Settings = {
  self: true,
  history: 0,
  repairEvents: 1_000,
  repairBytes: 4_194_304,
  maxBacklogEvents: 100_000,
  maxBacklogBytes: 67_108_864,
  keepAlive: false,
};

const RULES = {
  self: [true, false],
  history: 0,
  repairEvents: 0,
  repairBytes: 0,
  maxBacklogEvents: 1,
  maxBacklogBytes: 1,
  keepAlive: [true, false],
};

/** The options with their defaults, or a refusal. */
export function checkBroadcastOptions(options: BroadcastBackendOptions): CheckedOptions {
  requireOptions(options);
  const {
    name,
    runtime = systemRuntime,
    locks = sharedLocks(),
    openWire: open = openWire,
    ...given
  } = options;
  if (typeof name !== 'string' || name === '')
    refuse('name', 'a name of at least one character', name);
  const settings = applyOptions(DEFAULTS, given, RULES);
  const { history } = settings;
  // What one message carries.
  if (checkWholeNumber('history', history, 0) > USUAL_ITEMS)
    refuse('history', `at most ${USUAL_ITEMS}`, history);
  checkRuntime(runtime);
  if (locks && typeof locks.query !== 'function') refuse('locks', 'a LockManager or null', locks);
  if (typeof open !== 'function') refuse('openWire', 'a function', open);
  return { ...settings, name, runtime, locks: locks ?? undefined, openWire: open };
}
