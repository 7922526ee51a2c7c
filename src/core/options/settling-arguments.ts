import type { Lease } from '../events/message.ts';

export interface AckOptions {
  /**
   * Sent to the publisher, if it waits for receipts, or kept with the result of an event that has a `retentionMs`; otherwise
   * dropped. Must be structured-cloneable. Needs the capability `reply`.
   */
  readonly reply?: unknown | undefined;
}

export interface NackOptions {
  /** Milliseconds before the event may be delivered again; default 0. Needs `delayMs`. */
  readonly delayMs?: number | undefined;
  /**
   * The cause of the failure: an error, or any other thrown value. Its name and message are kept with the event as its
   * `lastError`, a {@link Failure}. A channel passes a backend that {@link Failure} only. Default: the event keeps its
   * earlier error.
   */
  readonly error?: unknown;
  /**
   * Whether the delivery counts towards `maxAttempts`; default true. `false` postpones the event: this nack never makes it a
   * dead letter, and the next delivery has the same `attempts` and a new lease. Needs the capability `countsAsAttempt`.
   */
  readonly countsAsAttempt?: boolean | undefined;
  /**
   * `'offline'`: the network could not be reached. The reason is kept in the event's `lastError` until the next nack. The
   * platform's `online` event makes the event due at once. `countsAsAttempt` is then false by default. Default: no reason.
   * Needs the capability `offline`.
   */
  readonly reason?: 'offline' | undefined;
}

export interface RejectOptions {
  /** Kept as the dead letter's note. A note of more than 10,000 characters is cut. Default: no note. */
  readonly reason?: string | undefined;
  /** The cause of the rejection, kept as in {@link NackOptions.error}. */
  readonly error?: unknown;
}

/**
 * The arguments of an ack, nack or reject. `channel` is given where the caller knows it. Only a backend with the capability
 * `id` needs it: there two channels may have events of one id.
 */
export type Settling<Options> = [
  eventId: string,
  lease?: Lease,
  options?: Options,
  channel?: string,
];

/** The arguments of an extend. */
export type Extending = [eventId: string, lease: Lease | undefined, ms: number, channel?: string];
