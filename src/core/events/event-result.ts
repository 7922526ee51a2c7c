import type { DeadReason, Failure } from './death-reason.ts';

/** The event was acknowledged. Times are epoch milliseconds. */
export interface AcknowledgedResult<Reply = unknown> {
  readonly eventId: string;
  readonly state: 'acknowledged';
  /** What the consumer gave to `ack(reply)`. Undefined if it gave nothing. */
  readonly reply: Reply | undefined;
  /** The number of the delivery that was acknowledged. */
  readonly attempts: number;
  readonly acknowledgedAt: number;
}

/** The event became a dead letter, and was not redriven. */
export interface DeadResult {
  readonly eventId: string;
  readonly state: 'dead';
  readonly reason: DeadReason;
  /** The `reason` of the reject; null without one. */
  readonly note: string | null;
  /** The last error that a handler threw for the event. */
  readonly lastError: Failure | null;
  readonly attempts: number;
  readonly diedAt: number;
}

/**
 * How an event ended.
 *
 * - `acknowledged`, `dead`: see {@link AcknowledgedResult} and {@link DeadResult}.
 * - `cancelled`: the event was cancelled, or replaced by a newer one of its key.
 * - `unknown`: nothing is known of the event. It was never published with `retentionMs`, or its `retentionMs` has passed since it
 *   ended, or the storage was cleared.
 */
export type FinalResult<Reply = unknown> =
  | AcknowledgedResult<Reply>
  | DeadResult
  | { readonly eventId: string; readonly state: 'cancelled'; readonly cancelledAt: number }
  | { readonly eventId: string; readonly state: 'unknown' };

/** {@link FinalResult}, or `pending`: the event is stored, and waits, is leased or will be retried. */
export type EventResult<Reply = unknown> =
  | FinalResult<Reply>
  | { readonly eventId: string; readonly state: 'pending' };

/** What a store keeps of an event that has a `retentionMs`. */
export type KeptResult = Exclude<EventResult, { readonly state: 'unknown' }>;
