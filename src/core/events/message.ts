import type { PlatformDate } from '../runtime/platform-types.ts';
import type { DeadReason, Failure } from './death-reason.ts';
import type { FinalResult } from './event-result.ts';

/** Data about an event, such as trace context, kept beside its payload. Must be structured-cloneable. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Fencing token of a delivery: it grows with every delivery of an event and is never used again. */
export type Lease = number;

/**
 * The answer to an ack, nack, reject or extend.
 *
 * - `ok`: it took effect.
 * - `stale`: the lease is not the newest: the event was delivered again, or its lease was taken over. Nothing changed.
 * - `gone`: the event is acknowledged, a dead letter or unknown. Nothing changed.
 */
export type Settlement = 'ok' | 'stale' | 'gone';

/** What a consumer receives: plain, frozen, structured-cloneable. Times are epoch milliseconds. */
export interface EventMessage<Payload = unknown> {
  readonly eventId: string;
  readonly channel: string;
  /** The group whose copy of the event this is. Absent in the channel's plain queue. */
  readonly group?: string;
  readonly payload: Payload;
  readonly metadata: Metadata | null;
  /** Number of this delivery, 1 on the first. Counts nacks, expired leases and crashes. */
  readonly attempts: number;
  /** When the event came due. */
  readonly availableAt: number;
  /** When the lease expires, unless it is extended. No other consumer receives the event before. */
  readonly leaseExpiresAt: number;
  readonly createdAt: number;
  /** Pass it to `ack`, `nack`, `reject` and `extend`. Absent if the backend has no leases. */
  readonly lease?: Lease;
  /** The publish option of this name; absent if it was not set. A message carries no others than these. */
  readonly delayMs?: number;
  /** As `delayMs`. */
  readonly ttlMs?: number;
  /** As `delayMs`. Absent if it is 0. */
  readonly priority?: number;
  /** As `delayMs`. */
  readonly key?: string;
  /** How the event ended that this one was published `after`. Absent if the option was not set. */
  readonly after?: FinalResult;
  /** True if the event was published before this context was a member and comes from the channel's `history`. Otherwise absent. */
  readonly replayed?: true;
  /** Present if the event was a dead letter and was redriven. It describes the last time. */
  readonly redriven?: Redriven;
}

/** What becomes of the later events of a key when one becomes a dead letter: they are delivered, or held back. */
export type OnDeadLetter = 'continue' | 'block';

/**
 * What a publish to a full channel does: `reject` refuses it with `backlog-full`; `drop-oldest` makes dead letters of the due
 * events that would be delivered next, and refuses it only if these are too few.
 */
export type WhenFull = 'reject' | 'drop-oldest';

/** When a write is reported as done: `relaxed`, once the operating system has it; `strict`, once it is on disk. */
export type Durability = 'relaxed' | 'strict';

export interface PublishOptions {
  /**
   * The id of the event, 1 to 200 characters; default is a random one. Within `dedupeWindowMs` a second publish of this id on
   * the same channel stores nothing and resolves with the id, whatever became of the first event. So a publish whose answer
   * was lost can be repeated. Contexts that publish one id at the same time store one event. Needs the capability `id`.
   */
  readonly id?: string | undefined;
  /**
   * How long `id` is remembered, in milliseconds from this publish, from 0; default is the channel's `dedupeWindowMs`. With 0
   * the event is stored in any case. Needs `id`.
   */
  readonly dedupeWindowMs?: number | undefined;
  /**
   * Keeps events in order: those of one key and channel are delivered one at a time, in commit order, to however many consumers.
   * An event that is delayed, leased or retried holds back the later events of its key, and no others. 1 to 200 characters.
   * Default: the event has no key. Needs the capability `keys`.
   */
  readonly key?: string | undefined;
  /**
   * With `key`: what happens to the later events of the key if this one becomes a dead letter. `'continue'`, the default: they
   * are delivered. `'block'`: they are held back until `releaseKey`. With `after`: what happens to this event if the other one
   * is not acknowledged. `'continue'`, the default: it is delivered. `'block'`: it becomes a dead letter with the reason
   * `blocked`. Needs `key` or `after`.
   */
  readonly onDeadLetter?: OnDeadLetter | undefined;
  /**
   * The id of another event of the channel: this one is held back until that one has ended, and its result is in
   * `delivery.after`. The other event must have a `retentionMs`: otherwise its result is `unknown`, and holds nothing back. An
   * event that waits for one which never ends is held for ever, until it is cancelled. 1 to 200 characters. Cannot be given
   * together with `key`. Needs the capability `after`.
   */
  readonly after?: string | undefined;
  /**
   * `'waiting'`: the event replaces the events of its key that wait and were never delivered, in one step. They are removed, and
   * this event comes last in the order of the key. Leased and retried events are not affected. Needs `key` and the capability
   * `replace`.
   */
  readonly replaces?: 'waiting' | undefined;
  /** Milliseconds before the event may be delivered; default 0. Needs the capability `delayMs`. */
  readonly delayMs?: number | undefined;
  /**
   * When the event may be delivered, as a `Date` or in epoch milliseconds; default is at once, as for a time that has passed.
   * The time is that of the clock: a clock that is set back delays the event, unlike a `delayMs`. Cannot be given together
   * with `delayMs`. Needs the capability `availableAt`.
   */
  readonly availableAt?: number | PlatformDate | undefined;
  /**
   * Milliseconds from the publish, from 1, after which the event is not delivered any more; default is no limit. It then
   * becomes a dead letter with the reason `expired` when a consumer would receive it. A delivery that began earlier may still
   * be settled. Delays and retries do not extend the time. A redriven event has no limit. Needs the capability `ttlMs`.
   */
  readonly ttlMs?: number | undefined;
  /**
   * A whole number from -100 to 100; default 0. Of the due events those with the highest priority are delivered first, in commit
   * order. One of every four places goes to the oldest event whatever its priority, so that no event starves. A redriven event
   * has the priority 0. Cannot be given together with `key`. Needs the capability `priority`.
   */
  readonly priority?: number | undefined;
  /**
   * The most events that may wait in the channel, this one included, from 1; default is the channel's `maxBacklog`. Needs the
   * capability `maxBacklog`.
   */
  readonly maxBacklog?: number | undefined;
  /** What happens if the channel is full; default is the channel's `whenFull`. Needs `maxBacklog`. */
  readonly whenFull?: WhenFull | undefined;
  /**
   * How long the result of the event is kept after its end, in milliseconds, from 0; default is the channel's `retentionMs`. An
   * event with 0 is removed when it is acknowledged. A longer time keeps the acknowledged event with its payload and its reply,
   * see `ackline/results`. Needs the capability `retentionMs`.
   */
  readonly retentionMs?: number | undefined;
  /** Estimated size above which the event is refused with `too-large`, in bytes; default 1,048,576. */
  readonly maxEventBytes?: number | undefined;
  /**
   * When this publish resolves; default is the backend's own setting. `'strict'` waits for the disk. Publishes that are
   * committed together with it wait, too. `'relaxed'` may be lost when the machine crashes. Messages do not carry the option.
   * Needs the capability `durability`.
   */
  readonly durability?: Durability | undefined;
  /** Whether the publishing context receives the event, too, if it is a member; default is the backend's. Needs the capability `self`. */
  readonly self?: boolean | undefined;
  /**
   * The client of a database transaction that the program has begun, such as the `sql` of `sql.begin` of `postgres`. The event is
   * stored if the transaction commits, and not if it is rolled back. Default: the publish is a transaction of its own. Needs the
   * capability `sql`; see docs/postgres.md.
   */
  readonly sql?: object | undefined;
}

/** One event of a batch. */
export interface EventDraft<Channel extends string = string, Payload = unknown> {
  readonly channel: Channel;
  readonly payload: Payload;
  readonly metadata?: Metadata | null | undefined;
  readonly options?: PublishOptions | undefined;
}

/** How an event came back from the dead letters. Times are epoch milliseconds. */
export interface Redriven {
  /** How often the event was redriven, from 1. */
  readonly count: number;
  readonly redrivenAt: number;
  /** Deliveries before the event died, not counting those before an earlier redrive. */
  readonly attempts: number;
  readonly reason: DeadReason;
  readonly note: string | null;
  readonly lastError: Failure | null;
  readonly diedAt: number;
}

/** An event that will not be delivered again, kept with its provenance. Times are epoch milliseconds. */
export interface DeadLetter<Payload = unknown> {
  readonly eventId: string;
  readonly channel: string;
  /** The group whose copy of the event this is. Absent in the channel's plain queue. */
  readonly group?: string;
  readonly payload: Payload;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly attempts: number;
  readonly reason: DeadReason;
  /** The `reason` of the reject; null without one. */
  readonly note: string | null;
  /** The last error that a handler threw for the event. */
  readonly lastError: Failure | null;
  readonly diedAt: number;
  /** The publish options of these names; absent if they were not set. A redriven event keeps them. */
  readonly key?: string;
  readonly after?: string;
  readonly onDeadLetter?: OnDeadLetter;
  readonly retentionMs?: number;
  readonly priority?: number;
  /** Present if the event died before and was redriven. It describes the last time. */
  readonly redriven?: Redriven;
  /**
   * Pass it as `after` to read the dead letters that follow this one. It stays valid when the letter is gone. Absent if the
   * backend lacks the capability `cursor`.
   */
  readonly cursor?: string;
}

/** How many events of a channel are in which state. */
export interface ChannelStats {
  /**
   * Due, and not leased. Events that their key or another event holds back are counted. An event whose lease expired counts as `leased` until the
   * lease is taken over.
   */
  readonly ready: number;
  readonly leased: number;
  /** Not yet due: delayed at publishing, or waiting for another attempt. */
  readonly scheduled: number;
  readonly dead: number;
  /**
   * Stored rows that cannot be used and were moved to quarantine, because they are malformed or were written by a newer
   * version of the library. The number of their events is unknown. Absent if there are none.
   */
  readonly quarantined?: number;
  /** The platform's estimate of the site's storage. Absent if the platform has none. */
  readonly estimate?: StorageEstimateBytes;
}

/** The platform's figures for the whole origin, from `navigator.storage.estimate()`. */
export interface StorageEstimateBytes {
  /** Bytes that the origin uses, in every kind of storage, deleted data that is not yet freed included. */
  readonly usageBytes: number;
  /**
   * Bytes that the origin may use. The figure is no guarantee: Chromium adds a fixed sum to the usage, however full the disk
   * is. Only a `QuotaError` of a publish shows that storage is full.
   */
  readonly quotaBytes: number;
}
