/** Data about an event that travels beside its payload, such as trace context. Structured-cloneable. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Fencing token of a delivery: grows with every delivery of an event and is never used again. */
export type Lease = number;

/**
 * What became of an ack, nack, reject or extend.
 *
 * - `ok`: it took effect.
 * - `stale`: the event was delivered again or taken back since; nothing changed.
 * - `gone`: the event is acknowledged, dead-lettered or unknown; nothing changed.
 */
export type Settlement = 'ok' | 'stale' | 'gone';

/** What a consumer receives: plain, frozen, structured-cloneable. Times are epoch milliseconds. */
export interface EventMessage<Payload = unknown> {
  readonly eventId: string;
  readonly channel: string;
  readonly payload: Payload;
  readonly metadata: Metadata | null;
  /** Number of this delivery, 1 on the first. Counts nacks, expired leases and crashes. */
  readonly attempts: number;
  /** When the event came due. */
  readonly availableAt: number;
  /** Until when nobody else may receive the event, unless the lease is extended. */
  readonly leaseExpiresAt: number;
  readonly createdAt: number;
  /** Hand it to `ack`, `nack`, `reject`, `extend`. Backends without leases leave it out. */
  readonly lease?: Lease;
  /** As it was published; absent where it was not set. Other publish options leave nothing behind. */
  readonly delayMs?: number;
  /** The event was published before this context was a member: it is of the channel's `history`. Absent otherwise. */
  readonly replayed?: true;
}

/** When a write counts as done: once the operating system has it, or once it is on disk. */
export type Durability = 'relaxed' | 'strict';

export interface PublishOptions {
  /** Milliseconds before the event may be delivered; default 0. Needs the capability `delayMs`. */
  readonly delayMs?: number | undefined;
  /** Estimated size above which the event is refused with `too-large`, in bytes; default 1,048,576. */
  readonly maxEventBytes?: number | undefined;
  /**
   * When this publish counts as done; default is what the backend does with all of its writes. `strict` waits for
   * the disk, and those committed together with it wait too; `relaxed` may be lost when the machine crashes. Needs
   * the capability `durability`. It is about the write, not the event: messages do not carry it.
   */
  readonly durability?: Durability | undefined;
  /** Whether the publishing context gets its copy too, where it is a member; default is the backend's. Needs the capability `self`. */
  readonly self?: boolean | undefined;
}

/** One event of a batch. */
export interface EventDraft<Channel extends string = string, Payload = unknown> {
  readonly channel: Channel;
  readonly payload: Payload;
  readonly metadata?: Metadata | null | undefined;
  readonly options?: PublishOptions | undefined;
}

/**
 * Name and message of an error, kept with the event that it befell. Whatever was thrown, both are strings. A longer one
 * is cut, and ends in `…`.
 */
export interface Failure {
  /** At most 100 characters. `Error` where an error has none; the `typeof` of what is no error. */
  readonly name: string;
  /** At most 1,000 characters. A message that is no string is kept as JSON. */
  readonly message: string;
  /** Absent unless the nack had a `reason`; see {@link NackOptions.reason}. */
  readonly reason?: 'offline';
}

/**
 * Why an event will not be delivered again.
 *
 * - `rejected`: a consumer said so.
 * - `attempts-exhausted`: `maxAttempts` deliveries failed, expired or crashed.
 */
export type DeadReason = 'rejected' | 'attempts-exhausted';

/** An event that will not be delivered again, kept with its provenance. Times are epoch milliseconds. */
export interface DeadLetter<Payload = unknown> {
  readonly eventId: string;
  readonly channel: string;
  readonly payload: Payload;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly attempts: number;
  readonly reason: DeadReason;
  /** What the consumer said when it rejected the event. */
  readonly note: string | null;
  /** The last error that a handler threw for the event. */
  readonly lastError: Failure | null;
  readonly diedAt: number;
}

/** How many events of a channel are in which state. */
export interface ChannelStats {
  /** Due and free to be delivered. A lease that has expired counts here only when it was taken back. */
  readonly ready: number;
  readonly leased: number;
  /** Not yet due: delayed at publishing, or waiting for another attempt. */
  readonly scheduled: number;
  readonly dead: number;
  /**
   * Stored rows that could not be used and were put aside: malformed, or of a newer version of the library. What
   * events they stood for is not known. Absent: none, or a backend whose rows nobody else can write.
   */
  readonly quarantined?: number;
  /** What the platform says of the room that all of the site's storage has. Absent where it does not tell. */
  readonly estimate?: StorageEstimateBytes;
}

/** The platform's own figures for the whole origin, as `navigator.storage.estimate` gives them. */
export interface StorageEstimateBytes {
  /** What the origin uses, in bytes: every kind of storage, also what is deleted and not yet cleared away. */
  readonly usageBytes: number;
  /**
   * What the origin may use, in bytes. No limit to reckon with: Chromium adds a fixed sum to the usage whatever
   * the disk has left, so that room is known to be missing only when a publish is refused with a `QuotaError`.
   */
  readonly quotaBytes: number;
}
