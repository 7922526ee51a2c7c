import type { KeepAlive } from './hold.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventDraft,
  EventMessage,
  Lease,
  Metadata,
  PublishOptions,
  Settlement,
} from './message.ts';
import type { Observer } from './observer.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { Confirmation, ConfirmTerms, Member } from './receipts.ts';
import type { RetryNowOptions } from './retry-now-options.ts';
import type { Runtime, Stop } from './runtime.ts';

/** What a backend can do beyond the five verbs: each name is the option or the method that it stands for. */
export type Capability =
  | 'publishMany'
  | 'dequeueMany'
  | 'extend'
  | 'reject'
  | 'stats'
  | 'deadLetters'
  | 'observe'
  | 'delayMs'
  | 'durability'
  /** The backend checks and copies events at its own door, so that the channel need not copy them too. */
  | 'maxEventBytes'
  | 'leaseMs'
  /** An event can be postponed by a nack that does not count the attempt. */
  | 'countsAsAttempt'
  /** What waits after a failure can be made due at once. */
  | 'retryNow'
  /** A nack takes `reason: 'offline'`, `retryNow` makes due those events alone, and the platform's `online` event does so. */
  | 'offline'
  | 'maxAttempts'
  /** The backend protects a living consumer's events beyond their leases. */
  | 'maxHoldMs'
  /** The backend keeps a Node process alive by itself while a consumer waits, as far as `keepAlive` asks. */
  | 'keepAlive'
  /** Every member of a channel gets each event, and tells the publisher what became of it. Needs `maxEventBytes`, too. */
  | 'publishConfirmed'
  | 'request'
  | 'reply'
  | 'self'
  /** A wait may go on without polls, because nothing becomes due that does not end it. */
  | 'staysIdle'
  /** Who receives a channel's events: `members` and `watchMembers`. */
  | 'members'
  /** Receiving begins with `join`, and ends when everybody in this context has left. */
  | 'join';

export type Capabilities = Readonly<Partial<Record<Capability, true>>>;

export interface DequeueOptions {
  /** How long the delivery is hidden from others, in milliseconds. Needs the capability `leaseMs`. */
  readonly leaseMs?: number | undefined;
  /** Deliveries after which the event is dead-lettered instead of returned; `Infinity`: never. Needs `maxAttempts`. */
  readonly maxAttempts?: number | undefined;
  /** How long the event is this consumer's at the most, while it lives, though its lease has expired. Needs `maxHoldMs`. */
  readonly maxHoldMs?: number | undefined;
  /**
   * Whether the wait keeps a Node process alive; default false. `'work'`: while something is known to come. Needs `keepAlive`.
   */
  readonly keepAlive?: KeepAlive | undefined;
  /** Ends the wait: the call rejects with the signal's reason and leaves no lease behind. */
  readonly signal?: PlatformAbortSignal | undefined;
  /**
   * Whether the wait goes on beyond `pollIntervalMs`, and without a timer, for as long as nothing is due, delayed or leased;
   * default false. Listeners and iterators ask for it. A wait of 0 ends at once all the same. Needs `staysIdle`.
   */
  readonly staysIdle?: boolean;
}

export interface AckOptions {
  /** For whoever published the event and waits for its receipts; structured-cloneable. Needs the capability `reply`. */
  readonly reply?: unknown | undefined;
}

export interface NackOptions {
  /** Milliseconds before the event may be delivered again; default 0. Needs `delayMs`. */
  readonly delayMs?: number | undefined;
  /**
   * What went wrong: an error, or anything else that was thrown. Its name and message are kept with the event as its
   * `lastError`, a {@link Failure}, which is also what a channel gives to a backend. Default is none: the event keeps
   * the error that it had.
   */
  readonly error?: unknown;
  /**
   * Whether the delivery counts towards `maxAttempts`; default true. `false` postpones the event: it never becomes a dead
   * letter by this nack, and its next delivery has the same number in `attempts`, under a new lease. Needs the capability
   * `countsAsAttempt`.
   */
  readonly countsAsAttempt?: boolean | undefined;
  /**
   * `'offline'`: the network could not be reached. It is kept in the event's `lastError`, which is `offline` where no
   * `error` is given, until the next nack. The platform's `online` event makes the event due at once. `countsAsAttempt`
   * is then false unless it is given. Default is none. Needs the capability `offline`.
   */
  readonly reason?: 'offline' | undefined;
}

export interface RejectOptions {
  /** Kept with the dead letter as its note, at most 10,000 characters of it. Default is none. */
  readonly reason?: string | undefined;
  /** As in {@link NackOptions}. */
  readonly error?: unknown;
}

/** An event to be published, and for whom to wait then. */
export interface ConfirmDraft extends EventDraft {
  readonly options?: (PublishOptions & ConfirmTerms) | undefined;
}

/** What both protocols begin with. */
export interface BackendDescription {
  /** Names the backend in errors. */
  readonly backendName: string;
  /** Absent means none: the channel then uses the five verbs alone. */
  readonly capabilities?: Capabilities;
  /** The clock that the backend lives by; a channel over it uses the same unless it is given its own. */
  readonly runtime?: Runtime;
  /**
   * Reports to `observer` what happens inside the backend, until the returned function is called. A lease that is
   * found to be lost is told as `lease-lost`, before its event is delivered again here: the channel then aborts the
   * delivery and tells its own observer, once, however often and by whomever the loss is noticed.
   */
  observe?(observer: Observer): Stop;
}

/**
 * Stores and delivers events. An object with the five verbs and the two constants is complete;
 * everything optional is used only when `capabilities` declares it.
 *
 * Durations are milliseconds. A lease that is not the newest answers `stale` and changes nothing.
 * Without a lease a backend settles what it delivered itself, and answers `gone` for anything else.
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
  /** All or nothing, ids in input order. */
  publishMany?(events: readonly EventDraft[]): Promise<string[]>;
  /** Leases the next due event; waits for one at most `pollIntervalMs`, then resolves with `null`. */
  dequeue(
    channel: string,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage | null>;
  /** Leases up to `limit` due events at once; waits as `dequeue` does, for the first one only. */
  dequeueMany?(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage[]>;
  ack(eventId: string, lease?: Lease, options?: AckOptions): Promise<Settlement>;
  nack(eventId: string, lease?: Lease, options?: NackOptions): Promise<Settlement>;
  reject?(eventId: string, lease?: Lease, options?: RejectOptions): Promise<Settlement>;
  /** Moves the lease's expiry to `ms` from now. */
  extend?(eventId: string, lease: Lease | undefined, ms: number): Promise<Settlement>;
  /** Makes due at once what was delivered before and waits for a delay or back-off; resolves with how many. */
  retryNow?(channel: string, options?: RetryNowOptions): Promise<number>;
  stats?(channel: string): Promise<ChannelStats>;
  /** Oldest first, at most `limit`. */
  deadLetters?(channel: string, limit: number): Promise<DeadLetter[]>;
  /**
   * Publishes, and resolves as soon as the terms among the draft's options are met or cannot be met any more, after
   * `timeoutMs` at the latest. Reports `published` by itself. With it `publish` takes the same terms, and rejects as
   * `unconfirmed` where they are not met.
   */
  publishConfirmed?(draft: ConfirmDraft): Promise<Confirmation>;
  /** Publishes to the other members, and resolves with the first reply; rejects as `no-members`, `no-reply` or `timeout`. */
  request?(draft: ConfirmDraft): Promise<unknown>;
  /** Who receives the events of `channel` now. */
  members?(channel: string): Promise<Member[]>;
  /** Calls `watcher` with the members of `channel`, now and at each change, until the returned function is called. */
  watchMembers?(channel: string, watcher: (members: readonly Member[]) => void): Stop;
  /** From now on this context receives the events of `channel`, until all who joined have called what it returned. */
  join?(channel: string): Stop;
  /** Returns what it leased, ends its waits, releases what it holds. May be called twice. */
  shutdown(): Promise<void>;
}

/** {@link AsyncEventBackend} without promises. `dequeue` may answer at once whatever `pollIntervalMs` says. */
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
  ack(eventId: string, lease?: Lease): Settlement;
  nack(eventId: string, lease?: Lease, options?: NackOptions): Settlement;
  reject?(eventId: string, lease?: Lease, options?: RejectOptions): Settlement;
  extend?(eventId: string, lease: Lease | undefined, ms: number): Settlement;
  retryNow?(channel: string, options?: RetryNowOptions): number;
  stats?(channel: string): ChannelStats;
  deadLetters?(channel: string, limit: number): DeadLetter[];
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

/** Whether `value` has the shape of an {@link AsyncEventBackend}. */
export function isAsyncEventBackend(value: unknown): value is AsyncEventBackend {
  return speaks(value, 'supportsAsync');
}

/** Whether `value` has the shape of a {@link SyncEventBackend}. */
export function isSyncEventBackend(value: unknown): value is SyncEventBackend {
  return speaks(value, 'supportsSync');
}
