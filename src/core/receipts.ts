/** A context that receives the events of a channel. */
export interface Member {
  /** Random, and the context's own for as long as its backend lives. */
  readonly memberId: string;
  /** Whether it is the context that asks. */
  readonly isSelf: boolean;
}

/**
 * What a member made of an event.
 *
 * - `acknowledged`: it is done there.
 * - `rejected`: it is a dead letter there.
 * - `vanished`: the member crashed, closed, froze or left the channel before it had answered.
 * - `timed-out`: no answer came in time; it may still come, to nobody.
 */
export type ReceiptOutcome = 'acknowledged' | 'rejected' | 'vanished' | 'timed-out';

/** What one member answered, or that it did not. */
export interface Receipt<Reply = unknown> extends Member {
  readonly outcome: ReceiptOutcome;
  /** Why it was rejected; null for other outcomes. */
  readonly reason: string | null;
  /** What the member's `ack(reply)` carried; absent where it carried nothing. */
  readonly reply?: Reply;
}

/** What became of an event that was published to be confirmed. */
export interface Confirmation<Reply = unknown> {
  readonly eventId: string;
  /** Whether as many members acknowledged as `confirm` asked for. */
  readonly isConfirmed: boolean;
  /** One for each member there was when the event was sent, and for any that answered besides. */
  readonly receipts: readonly Receipt<Reply>[];
}

/** How long publishing waits, and for whom. Needs the capability `publishConfirmed`. */
export interface ConfirmTerms<Reply = unknown> {
  /**
   * `all`: every member, the default of `publishConfirmed`. A number: so many, from 0. `reply`: the first that
   * acknowledges with a reply. In any case the wait ends when every member has answered or vanished.
   */
  readonly confirm?: 'all' | 'reply' | number | undefined;
  /** The longest wait, in milliseconds, from 1; default 5,000. Whoever has not answered by then is `timed-out`. */
  readonly timeoutMs?: number | undefined;
  /** Called with each receipt as it comes. What it throws is dropped. */
  readonly onReceipt?: ((receipt: Receipt<Reply>) => void) | undefined;
}
