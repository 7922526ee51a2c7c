import {
  applyOptions,
  checkRuntime,
  checkWholeNumber,
  type Resolved,
  refuse,
  requireOptions,
} from '../../core/options/options.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { systemRuntime } from '../../core/runtime/system-runtime.ts';
import { sharedLocks } from '../../platform/locks.ts';
import { openWire } from '../../platform/open-wire.ts';
import type { QueryableLocks } from './members/lock-roster.ts';
import type { Wire } from './wire/message-wire.ts';
import { USUAL_ITEMS } from './wire/messages.ts';

export interface BroadcastBackendOptions {
  /** Contexts of one origin, or one Node process, that give the same name share events. */
  readonly name: string;
  /** Whether a context that is a member gets its own copy of what it publishes. Default true. */
  readonly self?: boolean | undefined;
  /** How many events of each channel a member stores for members that join later, and requests when it joins itself: 0 to 1,000, default 0. */
  readonly history?: number | undefined;
  /** How many events of all channels together are stored for members that missed some: from 0, default 1,000. Older events that a frozen tab missed are reported as `events-missed`. */
  readonly repairEvents?: number | undefined;
  /** The same in bytes: from 0, default 4,194,304. */
  readonly repairBytes?: number | undefined;
  /** How many events of one channel can wait in this context: from 1, default 100,000. Further events are dropped, and reported as `events-missed`. */
  readonly maxBacklogEvents?: number | undefined;
  /** The same in bytes: from 1, default 67,108,864. It is also the limit of one event. */
  readonly maxBacklogBytes?: number | undefined;
  /** In Node, whether a membership keeps the process or worker alive. Default false: the `keepAlive` of each channel and listener decides. */
  readonly keepAlive?: boolean | undefined;
  /** The clock of leases, delays and time-outs. Default is the system's. */
  readonly runtime?: Runtime | undefined;
  /** The Web Locks by which members are found, or `null` for none. Default is the platform's; in Node none, because its threads do not share them. Either all contexts of a name have them, or none. */
  readonly locks?: QueryableLocks | null | undefined;
  /** Opens the wire for messages. Default is a BroadcastChannel. */
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

/** The options with their defaults. Throws a `TypeError` for an invalid option. */
export function checkBroadcastOptions(options: BroadcastBackendOptions): CheckedOptions {
  requireOptions(options, 'options', 'an object with name');
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
  // A history fits one message.
  if (checkWholeNumber('history', history, 0) > USUAL_ITEMS)
    refuse('history', `at most ${USUAL_ITEMS}`, history);
  checkRuntime(runtime);
  if (locks && typeof locks.query !== 'function') refuse('locks', 'a LockManager or null', locks);
  if (typeof open !== 'function') refuse('openWire', 'a function', open);
  return { ...settings, name, runtime, locks: locks ?? undefined, openWire: open };
}
