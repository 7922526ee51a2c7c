import type { EventResult, KeptResult } from '../core/events/event-result.ts';
import type { Command } from '../core/events/lifecycle.ts';
import type {
  ChannelStats,
  DeadLetter,
  Durability,
  EventMessage,
  Lease,
  Metadata,
  OnDeadLetter,
  PublishOptions,
  Redriven,
  Settlement,
  WhenFull,
} from '../core/events/message.ts';
import type { ObserverEvent } from '../core/reports/observer.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Isolation } from './isolation.ts';
import type { Notifier } from './notifier.ts';

/** A store may return its result or a promise. A synchronous backend needs a store that returns its results. */
export type MaybePromise<T> = T | Promise<T>;

/** How long the id of an event is remembered. */
export interface Dedupe {
  /** Epoch milliseconds. Until then no other event of the id is stored. */
  readonly until: number;
  /** An id that no other event has. */
  readonly uniqueId: string;
}

/** An event to be stored. It is checked, and a copy that no caller can change. */
export interface NewEvent {
  readonly eventId: string;
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  /** With 0, or without it, the event is due at once. */
  readonly delayMs?: number;
  /** Epoch milliseconds after `createdAt`. The event is due then. Absent in an event with a delay, and in one that is due at once. */
  readonly availableAt?: number;
  /** From -100 to 100, not 0. Absent in an event without a priority. */
  readonly priority?: number;
  /** Milliseconds from `createdAt`. The event is not delivered after that. */
  readonly ttlMs?: number;
  /** The durability of the write that stores the event. Only for stores whose backend declares `durability`. */
  readonly durability?: Durability;
  /** Given where the caller chose `eventId`: the store keeps one event of this id and channel. */
  readonly dedupe?: Dedupe;
  /** See {@link PublishOptions}. Only for stores whose backend declares `keys`. */
  readonly key?: string;
  /**
   * The result of the event that this one waits for. Pending in an append: the store replaces it. Only for stores whose backend
   * declares `after`.
   */
  readonly after?: EventResult;
  /** Only given with `key` or `after`. */
  readonly onDeadLetter?: OnDeadLetter;
  /** Only given with `key`, and for stores whose backend declares `replace`. */
  readonly replaces?: 'waiting';
  /** How many events may wait in the channel, this one and the others of its append included. Absent: no limit. */
  readonly maxBacklog?: number;
  /** What the store does if it may not. Absent: `reject`. */
  readonly whenFull?: WhenFull;
  /** See {@link PublishOptions}; not 0. Only for stores whose backend declares `retentionMs`. */
  readonly retentionMs?: number;
  /** Whether the publishing context gets a copy. Only for stores whose backend declares `self`. */
  readonly self?: boolean;
  /** See {@link PublishOptions}. Only for stores whose backend declares `sql`. */
  readonly sql?: object;
  /** See {@link EventMessage.replayed}. */
  readonly replayed?: true;
  /** See {@link EventMessage.redriven}. */
  readonly redriven?: Redriven;
  /** The estimated size of the stored event. */
  readonly bytes: number;
}

export interface ClaimRequest {
  readonly channel: string;
  /** From 1. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** How long the consumer may extend its lease, where the store limits that. */
  readonly maxHoldMs: number;
  /** How long the consumer waits for an event, from its first claim. With 0 it claims once. */
  readonly pollIntervalMs: number;
  /** Once it has aborted, the consumer takes no event. A store whose claim needs several steps may end it then. */
  readonly signal?: PlatformAbortSignal | undefined;
}

export interface Claim {
  /** Frozen messages in the order of delivery. Each payload is a copy for the receiver. */
  readonly messages: readonly EventMessage[];
  /** Where the store keeps the event of each message, for {@link KnownTarget.place}. Absent where the store needs no place. */
  readonly places?: readonly unknown[];
  /**
   * When the consumer must claim again without a hint. Null means only after a hint. The value has a meaning only if nothing
   * was claimed.
   */
  readonly nextDueAt: number | null;
}

/** A lease that the ledger of the backend knows. */
export interface KnownTarget {
  readonly eventId: string;
  readonly lease: Lease;
  readonly channel: string;
  /** A value of {@link Claim.places}, which only the store reads. A request has this property only if the ledger knows its event. */
  readonly place: unknown;
}

/** An event id and a lease that another backend has delivered, or this one so long ago that its ledger has forgotten it. */
export interface ForeignTarget {
  readonly eventId: string;
  readonly lease: Lease;
  /** Absent if the caller gave an id alone. */
  readonly channel?: string | undefined;
}

interface WithCommand {
  readonly command: Command;
}

/** The store finds the event without a search. */
export type KnownRequest = KnownTarget & WithCommand;

/** The store searches for the event in bounded steps. */
export type ForeignRequest = ForeignTarget & WithCommand;

export type SettleRequest = KnownRequest | ForeignRequest;

/** One step of a redrive or purge: the store reads dead letters, oldest first, and takes the selected ones. */
export interface LetterStep {
  readonly verb: 'redrive' | 'purge';
  readonly channel: string;
  /** The step begins after the letter of this number. Undefined in the first step. */
  readonly after?: number | undefined;
  /** The last letter that the step may read. Undefined in the first step: the store finds it. */
  readonly until?: number | undefined;
  /** The most letters that the step may take. */
  readonly limit: number;
  /** Whether to take a letter. May run code of the user on the result of `copy`, and throw its error. */
  readonly selects: (letter: DeadLetter, copy: () => DeadLetter) => boolean;
}

export interface LetterStepResult {
  /** The event ids of the letters that were taken. */
  readonly taken: readonly string[];
  /** How many letters were read. */
  readonly scanned: number;
  /** The `after` of the next step. Undefined if no letter is left to read. */
  readonly after: number | undefined;
  /** The `until` of the next step. */
  readonly until: number | undefined;
}

/**
 * Keeps events and changes them atomically, by the rules of `core/events/lifecycle.ts`.
 *
 * - `append` stores all of its events or none, in commit order. It resolves when they are as durable as promised. An event
 *   with `dedupe` whose id is remembered counts as stored. With `maxBacklog` it throws `backlog-full` where too many events wait.
 * - `claim` takes back expired leases, then leases up to `limit` due events. Each lease has a token of its own, and two
 *   stores never lease one event at the same time.
 * - `settle` returns one settlement for each request, in order. A request whose lease is not the newest changes nothing.
 * - `observe` reports each lost lease before the event is delivered again, also where this store took the event back.
 * - Each method may be called at any time before `close`, also while other calls are under way. Faults are `AcklineError`s.
 */
export interface EventStore {
  append(events: readonly NewEvent[]): MaybePromise<void>;
  claim(request: ClaimRequest): MaybePromise<Claim>;
  settle(requests: readonly SettleRequest[]): MaybePromise<Settlement[]>;
  stats(channel: string): MaybePromise<ChannelStats>;
  /**
   * Makes events due at once that were delivered before and wait for a delay. With a `reason` only those that wait for this
   * reason. Returns their number. Absent: the store cannot do so.
   */
  retryNow?(channel: string, reason?: 'offline'): MaybePromise<number>;
  /** At most `limit` dead letters, oldest first, of those whose cursor is a greater number than `after`. */
  deadLetters(channel: string, limit: number, after?: number): MaybePromise<DeadLetter[]>;
  /** Takes one step of a redrive or purge, in full or not at all. Absent: the store cannot do so. */
  moveLetters?(step: LetterStep): MaybePromise<LetterStepResult>;
  /**
   * Removes an event that is not leased. Answers `stale` if it is leased, and `gone` if the channel has no such event. Absent: the
   * store cannot do so.
   */
  cancel?(channel: string, eventId: string): MaybePromise<Settlement>;
  /** What is kept of these events, undefined where nothing is. Absent: the store keeps no results. */
  results?(channel: string, eventIds: readonly string[]): MaybePromise<(KeptResult | undefined)[]>;
  /** The keys that a dead letter blocks. Absent: the store keeps no order of keys. */
  blockedKeys?(channel: string): MaybePromise<string[]>;
  /** Lets the events of a blocked key go on. Returns whether the key was blocked. */
  releaseKey?(channel: string, key: string): MaybePromise<boolean>;
  /** Absent in a store in memory, whose groups are in memory-groups.ts, and in a store without groups. Without `create` it lists groups only. */
  readonly groups?: Pick<GroupStore, 'list'> & Partial<GroupStore>;
  /** Calls `report` for each event inside the store. `report` must not throw. */
  observe(report: (event: ObserverEvent) => void): () => void;
  close(): MaybePromise<void>;
}

/**
 * The groups of a store's channels. Each has a queue, `channel@group`, which the other methods of the store take as a channel.
 * A method that gets the queue of a group which does not exist throws `no-group`; `settle` answers `gone`.
 *
 * - `create` takes effect at one point of the commit order: the group gets every event that is committed after it, and no other.
 * - `delete` ends the group and its leases. Other queues are not affected. `create` makes an empty group then.
 * - Both return whether they have changed anything.
 */
export interface GroupStore {
  /** Without `hasPlain` the plain queue of the channel gets no event that is committed after this, until no group is left. */
  create(channel: string, group: string, hasPlain: boolean): MaybePromise<boolean>;
  delete(channel: string, group: string): MaybePromise<boolean>;
  /** In the order of creation. */
  list(channel: string): MaybePromise<string[]>;
}

/** A {@link GroupStore} that returns its results. */
export interface SyncGroupStore extends GroupStore {
  create(channel: string, group: string, hasPlain: boolean): boolean;
  delete(channel: string, group: string): boolean;
  list(channel: string): string[];
}

/** A store with the clock and the notifier that its backends share. */
export interface SharedStore extends EventStore {
  /** How its backends copy published payloads. Absent: `clone`. */
  readonly isolation?: Isolation;
  readonly runtime: Runtime;
  readonly notifier: Notifier;
}

/** An {@link EventStore} that returns its results instead of promises. */
export interface SyncEventStore extends EventStore {
  append(events: readonly NewEvent[]): void;
  claim(request: ClaimRequest): Claim;
  settle(requests: readonly SettleRequest[]): Settlement[];
  stats(channel: string): ChannelStats;
  retryNow(channel: string, reason?: 'offline'): number;
  deadLetters(channel: string, limit: number, after?: number): DeadLetter[];
  moveLetters(step: LetterStep): LetterStepResult;
  cancel(channel: string, eventId: string): Settlement;
  results?(channel: string, eventIds: readonly string[]): (KeptResult | undefined)[];
  blockedKeys(channel: string): string[];
  releaseKey(channel: string, key: string): boolean;
  close(): void;
}
