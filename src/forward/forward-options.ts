import type { ListenOptions } from '../core/channel-options.ts';
import { requireCapability } from '../core/delivery/settler.ts';
import type { EventMessage, Metadata, PublishOptions } from '../core/events/message.ts';
import { applyOptions, checkChoice, refuse, requireOptions } from '../core/options/options.ts';
import type { ChannelOf, TypedBackend } from '../core/options/schema.ts';
import { type AsyncEventBackend, isAsyncEventBackend } from '../core/protocols/protocols.ts';
import type { Observer } from '../core/reports/observer.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { BatchSize } from '../outbox/batch-sender.ts';
import type { Connectivity } from '../outbox/connectivity.ts';
import type { CountsStore } from '../outbox/outbox-store.ts';

/** A publish option that an event keeps where it arrives. */
export type KeptOption = 'id' | 'key' | 'priority' | 'ttlMs';

const KEPT_OPTIONS: readonly KeptOption[] = ['id', 'key', 'priority', 'ttlMs'];

/** An event as it is published in `to`. */
export interface ForwardedEvent {
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  /** What the event keeps. Others may be added, such as `durability` or `dedupeWindowMs`. */
  readonly options: PublishOptions;
}

/** Settings that have a default or may be left out. */
interface ForwardSettings {
  /**
   * Publish options that are left out where `to` lacks their capability; default none. Without `'id'` such a backend is refused
   * by an `unsupported` error. An event with another option that `to` lacks becomes a dead letter in `from`.
   */
  readonly drop?: readonly KeptOption[] | undefined;
  /**
   * Changes an event before it is published in `to`: its channel, payload, metadata or options. A thrown `RejectError` makes the
   * event a dead letter. Any other error is a failed attempt. Default: the event as it is.
   */
  readonly map?:
    | ((event: ForwardedEvent, message: EventMessage) => ForwardedEvent | Promise<ForwardedEvent>)
    | undefined;
  /** Default: at most 100 events in one step, and no wait for others. */
  readonly batch?: BatchSize | undefined;
  /** Batches of this context that are published at the same time, from 1; default 1, which keeps the order of what does not fail. */
  readonly maxConcurrency?: number | undefined;
  /** While it is offline nothing is moved. Default: always online. `platformConnectivity` of `ackline/outbox` is that of a page. */
  readonly connectivity?: Connectivity | undefined;
  /** Live counts: `watchStats(from, channel)` of `ackline/inspection`. Default: they are read every `pollIntervalMs`. */
  readonly stats?: CountsStore | undefined;
  /** Receives the reports of both backends. By default errors that no caller receives are printed to the console. */
  readonly observer?: Observer | undefined;
  /** The clock. Default: that of `from`. */
  readonly runtime?: Runtime | undefined;
}

/** `leaseMs`, `maxAttempts`, the back-off and the other options are those of `listen`. */
export interface ForwardOptions<
  Schema extends { [C in keyof Schema]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
> extends ForwardSettings,
    Omit<ListenOptions, 'concurrency' | 'autoAck'> {
  /** Where the events are taken from. */
  readonly from: AsyncEventBackend & TypedBackend<Schema, Inputs>;
  /** Where they go. */
  readonly to: AsyncEventBackend;
  /** The channel whose events are moved. They arrive in a channel of the same name unless `map` changes it. */
  readonly channel: ChannelOf<Schema>;
}

const ALWAYS_ONLINE: Connectivity = { isOnline: () => true, watch: () => ignore };

type DefaultedSettings = 'drop' | 'batch' | 'maxConcurrency' | 'connectivity';

export type ResolvedForward = Omit<ForwardSettings, DefaultedSettings | 'stats'> & {
  readonly [Option in DefaultedSettings]: NonNullable<ForwardSettings[Option]>;
};

const DEFAULTS: ResolvedForward = {
  drop: [],
  batch: { size: 100 },
  maxConcurrency: 1,
  connectivity: ALWAYS_ONLINE,
};

function checkDrop(option: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(option, 'an array', value);
  for (const one of value) checkChoice(option, one, KEPT_OPTIONS);
}

function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') refuse(option, 'a function', value);
}

/** Those that are ignored here are checked by the parts that take them. */
const RULES = {
  drop: checkDrop,
  map: checkFunction,
  batch: ignore,
  maxConcurrency: 1,
  connectivity: ignore,
  observer: ignore,
  runtime: ignore,
};

interface CheckedForward {
  readonly from: AsyncEventBackend;
  readonly to: AsyncEventBackend;
  readonly channel: string;
  readonly settings: ResolvedForward;
  /** Options of the outbox. */
  readonly listening: Omit<ListenOptions, 'concurrency' | 'autoAck'> &
    Pick<ForwardSettings, 'stats'>;
}

/** Parts the options from those of the listener, which `listen` checks. Errors: `TypeError`; `unsupported`. */
export function checkForwardOptions(options: object): CheckedForward {
  requireOptions(options);
  const {
    from,
    to,
    channel,
    drop,
    map,
    batch,
    maxConcurrency,
    connectivity,
    observer,
    runtime,
    ...listening
  } = options as Omit<CheckedForward, 'settings'> & ForwardSettings;
  for (const [option, backend] of Object.entries({ from, to }))
    if (!isAsyncEventBackend(backend))
      refuse(option, 'an asynchronous backend, such as memoryBackend()', backend);
  const given = { drop, map, batch, maxConcurrency, connectivity, observer, runtime };
  const settings = applyOptions<ResolvedForward>(DEFAULTS, given, RULES);
  if (from === to && !map) refuse('to', 'another backend than from, or map given', to);
  if (!settings.drop.includes('id')) requireCapability(to, 'id');
  return { from, to, channel, settings, listening: listening as CheckedForward['listening'] };
}
