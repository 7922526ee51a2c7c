import type { EventResult } from '../events/event-result.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventDraft,
  EventMessage,
  Metadata,
  PublishOptions,
  Settlement,
} from '../events/message.ts';
import type { Confirmation, ConfirmTerms, Member } from '../events/receipts.ts';
import type { PurgeOptions, RedriveOptions } from '../options/dead-letter-options.ts';
import type { RetryNowOptions } from '../options/retry-now-options.ts';
import type {
  AckOptions,
  Extending,
  NackOptions,
  RejectOptions,
  Settling,
} from '../options/settling-arguments.ts';
import type { Observer } from '../reports/observer.ts';
import type { KeepAlive } from '../runtime/hold.ts';
import type { PlatformAbortSignal } from '../runtime/platform-types.ts';
import type { Runtime, Stop } from '../runtime/runtime.ts';
import type { BrowsedPage, BrowseOptions, ChannelsOptions, ChannelsPage } from './browsed-page.ts';
import type { Capabilities, Capability } from './capability.ts';
import type { GroupVerbs, SyncGroupVerbs } from './group-types.ts';

export interface DequeueOptions {
  /** Duration of the lease, in milliseconds. No other consumer receives the event until then. Needs the capability `leaseMs`. */
  readonly leaseMs?: number | undefined;
  /** Number of deliveries after which a failing event becomes a dead letter; `Infinity`: never. Needs `maxAttempts`. */
  readonly maxAttempts?: number | undefined;
  /** Longest time, in milliseconds, for which a consumer that lives keeps the event after its lease has expired. Needs `maxHoldMs`. */
  readonly maxHoldMs?: number | undefined;
  /**
   * Whether the wait keeps a Node process alive; default false. `'work'`: while an event with a known due time is stored.
   * Needs `keepAlive`.
   */
  readonly keepAlive?: KeepAlive | undefined;
  /** Ends the wait. The call then rejects with the signal's reason and leaves no lease behind. */
  readonly signal?: PlatformAbortSignal | undefined;
  /**
   * Whether the wait goes on after `pollIntervalMs`, without a timer, while no event is due, delayed or leased; default
   * false. Listeners and iterators set it. A `pollIntervalMs` of 0 still ends at once. Needs `staysIdle`.
   */
  readonly staysIdle?: boolean;
}

/** An event to publish, with the receipts to wait for. */
export interface ConfirmDraft extends EventDraft {
  readonly options?: (PublishOptions & ConfirmTerms) | undefined;
}

/** The part that both backend protocols have in common. */
export interface BackendDescription {
  /** Names the backend in errors. */
  readonly backendName: string;
  /** Default: none. The channel then uses the five verbs only. */
  readonly capabilities?: Capabilities;
  /** For errors: by capability, the name of the feature with which the backend would have it. */
  readonly features?: Readonly<Partial<Record<Capability, string>>>;
  /** The clock of the backend. A channel uses it unless it has a `runtime` of its own. */
  readonly runtime?: Runtime;
  /**
   * Reports to `observer` what happens inside the backend, until the returned function is called. The backend reports a lost
   * lease as `lease-lost` before it delivers the event again in this context. The channel then aborts the delivery and
   * reports the loss once to its own observer. Needs the capability `observe`.
   */
  observe?(observer: Observer): Stop;
}

/**
 * Stores and delivers events. An object with the five verbs `publish, dequeue, ack, nack, shutdown` and the two constants
 * `backendName, supportsAsync` is complete. A channel uses an optional method only if `capabilities` declares it.
 * docs/backends.md shows how to write a backend.
 *
 * Durations are milliseconds. A verb with a lease that is not the newest answers `stale` and changes nothing. A verb without
 * a lease settles an event that this backend object delivered. For any other event it answers `gone` and changes nothing.
 */
export interface AsyncEventBackend extends BackendDescription {
  readonly supportsAsync: true;
  /** Stores one event and resolves with its id once it is as durable as the backend promises. */
  publish(
    channel: string,
    payload: unknown,
    metadata?: Metadata | null,
    options?: PublishOptions,
  ): Promise<string>;
  /** Stores all events in one atomic step, or none. Resolves with the ids in input order. */
  publishMany?(events: readonly EventDraft[]): Promise<string[]>;
  /** Leases the next due event; waits for one at most `pollIntervalMs`, then resolves with `null`. */
  dequeue(
    channel: string,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage | null>;
  /** Leases up to `limit` due events in one step. Waits as `dequeue` does, for the first event only. */
  dequeueMany?(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage[]>;
  ack(...given: Settling<AckOptions>): Promise<Settlement>;
  nack(...given: Settling<NackOptions>): Promise<Settlement>;
  reject?(...given: Settling<RejectOptions>): Promise<Settlement>;
  /** Moves the lease's expiry to `ms` from now. */
  extend?(...given: Extending): Promise<Settlement>;
  /** Makes the events due at once that were delivered before and wait for a retry. Resolves with their number. */
  retryNow?(channel: string, options?: RetryNowOptions): Promise<number>;
  stats?(channel: string): Promise<ChannelStats>;
  /**
   * Resolves with the dead letters of a channel, oldest first, at most `limit`. `after` is the `cursor` of a letter: those that
   * follow it. Needs the capability `cursor`.
   */
  deadLetters?(channel: string, limit: number, after?: string): Promise<DeadLetter[]>;
  /** Puts dead letters back to the end of the channel. Resolves with their number. */
  redrive?(channel: string, options?: RedriveOptions): Promise<number>;
  /** Deletes dead letters. Resolves with their number. */
  purge?(channel: string, options?: PurgeOptions): Promise<number>;
  /**
   * Creates, deletes and lists groups, for the functions of `ackline/groups`. A backend of this library that declares the
   * capability `groups` needs none.
   */
  readonly groups?: GroupVerbs | undefined;
  /** Removes an event that waits. Resolves with `stale` if it is leased, and with `gone` if the channel has no such event. */
  cancel?(channel: string, eventId: string): Promise<Settlement>;
  /** Resolves with the keys of a channel that a dead letter blocks. Needs the capability `keys`. */
  blockedKeys?(channel: string): Promise<string[]>;
  /** Lets the events of a blocked key go on. Resolves with whether the key was blocked. Needs the capability `keys`. */
  releaseKey?(channel: string, key: string): Promise<boolean>;
  /**
   * Resolves with a page of the events of one state; see `browse` of `ackline/inspection`, which calls this and `channels`. The
   * library's own backends lack both methods, because that entry reads their stores.
   */
  browse?(channel: string, options: BrowseOptions): Promise<BrowsedPage>;
  /** Resolves with a page of the channels that hold events. */
  channels?(options?: ChannelsOptions): Promise<ChannelsPage>;
  /** Resolves with the results of these events, in order. The library's own backends lack it, as they lack `browse`. */
  results?(channel: string, eventIds: readonly string[]): Promise<EventResult[]>;
  /** Calls `onChange` after each change of a channel in any context, and at the shutdown, until the returned function is called. */
  watchStats?(channel: string, onChange: () => void): Stop;
  /**
   * Publishes, and resolves when the terms in the draft's options are met or can no longer be met, at the latest after
   * `timeoutMs`. Reports `published` itself. A backend with this method takes the same terms in `publish`, which rejects with
   * `unconfirmed` if they are not met.
   */
  publishConfirmed?(draft: ConfirmDraft): Promise<Confirmation>;
  /** Publishes to the other members and resolves with the first reply. Errors: `no-members`, `no-reply`, `timeout`. */
  request?(draft: ConfirmDraft): Promise<unknown>;
  /** Resolves with the contexts that receive the events of `channel` now. */
  members?(channel: string): Promise<Member[]>;
  /** Calls `watcher` with the members of `channel`, now and at each change, until the returned function is called. */
  watchMembers?(channel: string, watcher: (members: readonly Member[]) => void): Stop;
  /**
   * Makes this context receive the events of a channel until each returned function was called. With the capability
   * `localGroups` the queue of a group gets copies of its own from then on.
   */
  join?(queue: string): Stop;
  /** Ends pending waits, nacks leased events, and closes what the backend opened. May be called twice. */
  shutdown(): Promise<void>;
}

/** {@link AsyncEventBackend} without promises. `dequeue` may return at once and ignore `pollIntervalMs`. */
export interface SyncEventBackend extends BackendDescription {
  readonly supportsSync: true;
  publish(
    channel: string,
    payload: unknown,
    metadata?: Metadata | null,
    options?: PublishOptions,
  ): string;
  publishMany?(events: readonly EventDraft[]): string[];
  dequeue(channel: string, pollIntervalMs: number, options?: DequeueOptions): EventMessage | null;
  dequeueMany?(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): EventMessage[];
  ack(...given: Settling<AckOptions>): Settlement;
  nack(...given: Settling<NackOptions>): Settlement;
  reject?(...given: Settling<RejectOptions>): Settlement;
  extend?(...given: Extending): Settlement;
  retryNow?(channel: string, options?: RetryNowOptions): number;
  stats?(channel: string): ChannelStats;
  deadLetters?(channel: string, limit: number, after?: string): DeadLetter[];
  redrive?(channel: string, options?: RedriveOptions): number;
  purge?(channel: string, options?: PurgeOptions): number;
  cancel?(channel: string, eventId: string): Settlement;
  blockedKeys?(channel: string): string[];
  releaseKey?(channel: string, key: string): boolean;
  browse?(channel: string, options: BrowseOptions): BrowsedPage;
  channels?(options?: ChannelsOptions): ChannelsPage;
  watchStats?(channel: string, onChange: () => void): Stop;
  readonly groups?: SyncGroupVerbs | undefined;
  shutdown(): void;
}

const VERBS = ['publish', 'dequeue', 'ack', 'nack', 'shutdown'] as const;

function speaks(value: unknown, mode: 'supportsAsync' | 'supportsSync'): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Readonly<Record<string, unknown>>;
  return (
    typeof candidate['backendName'] === 'string' &&
    candidate[mode] === true &&
    VERBS.every((verb) => typeof candidate[verb] === 'function')
  );
}

/**
 * Whether `value` has the shape of an {@link AsyncEventBackend}.
 *
 * @example
 * const backend: unknown = cluster;
 * if (isAsyncEventBackend(backend)) console.log(backend.backendName);
 */
export function isAsyncEventBackend(value: unknown): value is AsyncEventBackend {
  return speaks(value, 'supportsAsync');
}

/**
 * Whether `value` has the shape of a {@link SyncEventBackend}.
 *
 * @example
 * const backend: unknown = syncMemoryBackend();
 * if (isSyncEventBackend(backend)) backend.publish('order.placed', { id: 1, total: 10 });
 */
export function isSyncEventBackend(value: unknown): value is SyncEventBackend {
  return speaks(value, 'supportsSync');
}
