import type { DeadReason, Failure } from '../events/death-reason.ts';
import type { ChannelStats, Lease, Metadata, Redriven } from '../events/message.ts';
import type { GroupOptions } from '../options/queue-name.ts';

/**
 * The state of a stored event.
 *
 * - `ready`: due, and not leased. An event that waits for an earlier one of its key is `ready`, too.
 * - `scheduled`: not yet due.
 * - `leased`: a consumer leases it. An event whose lease has expired is `leased` until the lease is taken over.
 * - `dead`: a dead letter.
 * - `acknowledged`: handled, and kept because it was published with `retentionMs`. Only `browse` shows these events.
 */
export type EventState = 'ready' | 'scheduled' | 'leased' | 'dead' | 'acknowledged';

export interface BrowseOptions extends GroupOptions {
  /** The events of this state are listed. */
  readonly state: EventState;
  /** Most events of the page, from 1; default 100. */
  readonly limit?: number | undefined;
  /** The `after` of the previous page of the same channel and state. Absent: the first page. */
  readonly after?: string | undefined;
  /** Whether each event has a copy of its payload; default false. */
  readonly payload?: boolean | undefined;
}

/** A stored event as it was read, without a lease. Times are epoch milliseconds. */
export interface BrowsedEvent<Payload = unknown> {
  readonly eventId: string;
  readonly channel: string;
  /** The group whose copy of the event this is. Absent in the channel's plain queue. */
  readonly group?: string;
  readonly state: EventState;
  /** Absent unless the option `payload` is true. */
  readonly payload?: Payload;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  /** Deliveries so far. */
  readonly attempts: number;
  /** The last error that a handler threw for the event. */
  readonly lastError: Failure | null;
  /** Present if the event was a dead letter and was redriven. It describes the last time. */
  readonly redriven?: Redriven;
  /** When the event comes or came due. Absent for a dead letter and for an acknowledged event. */
  readonly availableAt?: number;
  /** The publish option of this name. Absent without one. */
  readonly key?: string;
  /** The publish option `after`. Absent without one. */
  readonly waitsFor?: string;
  /** The publish option of this name. Absent for the default of 0. */
  readonly priority?: number;
  /** After this time the event is not delivered any more. Absent if it was published without `ttlMs`, and for a dead letter. */
  readonly expiresAt?: number;
  /** The fencing token of the consumer's delivery. Present if the event is leased, as are `leaseExpiresAt` and `owner`. */
  readonly lease?: Lease;
  readonly leaseExpiresAt?: number;
  /** A name of the context that holds the lease. Null if the backend does not distinguish contexts. */
  readonly owner?: string | null;
  /** Present for a dead letter, as are `note` and `diedAt`. */
  readonly reason?: DeadReason;
  /** The `reason` of the reject; null without one. */
  readonly note?: string | null;
  readonly diedAt?: number;
  /** Present for an acknowledged event, as is `keptUntil`. */
  readonly acknowledgedAt?: number;
  /** When the event is removed. */
  readonly keptUntil?: number;
  /** What the consumer gave to `ack(reply)`. Absent without one, and unless the option `payload` is true. */
  readonly reply?: unknown;
}

export interface BrowsedPage<Payload = unknown> {
  readonly events: readonly BrowsedEvent<Payload>[];
  /** Pass it as `after` to read the next page. Absent if the browse is at its end. */
  readonly after?: string;
}

export interface ChannelsOptions {
  /** Most channels of the page, from 1; default 100. */
  readonly limit?: number | undefined;
  /** The `after` of the previous page. Absent: the first page. */
  readonly after?: string | undefined;
}

/** A channel that holds events, with their numbers. */
export interface ChannelCounts {
  readonly channel: string;
  readonly stats: ChannelStats;
}

export interface ChannelsPage {
  /** Sorted by name. */
  readonly channels: readonly ChannelCounts[];
  /** Pass it as `after` to read the next page. Absent if there are no further channels. */
  readonly after?: string;
}
