/** A context that receives the events of a channel. */
export interface Member {
  /** Random. A context keeps it until its backend is shut down. */
  readonly memberId: string;
  /** Whether the member is the calling context. */
  readonly isSelf: boolean;
}

/**
 * How a member settled an event.
 *
 * - `acknowledged`: the member acknowledged it.
 * - `rejected`: the event is a dead letter in that member.
 * - `vanished`: the member crashed, closed, froze or left the channel before it answered.
 * - `timed-out`: no answer came within `timeoutMs`. A later answer is ignored.
 */
export type ReceiptOutcome = 'acknowledged' | 'rejected' | 'vanished' | 'timed-out';

/** The answer of one member, or the lack of one. */
export interface Receipt<Reply = unknown> extends Member {
  readonly outcome: ReceiptOutcome;
  /** The reason of the reject; null for other outcomes. */
  readonly reason: string | null;
  /** The argument of the member's `ack(reply)`; absent without one. */
  readonly reply?: Reply;
  /** The group of the member that rejected the event; absent otherwise. */
  readonly group?: string;
}

/** The result of `publishConfirmed`. */
export interface Confirmation<Reply = unknown> {
  readonly eventId: string;
  /** Whether as many members acknowledged the event as `confirm` asks for. */
  readonly isConfirmed: boolean;
  /** One for each member at the time of the publish, and for each later member that answered. */
  readonly receipts: readonly Receipt<Reply>[];
}

/** The receipts that a publish waits for. Needs the capability `publishConfirmed`. */
export interface ConfirmTerms<Reply = unknown> {
  /**
   * The members that must acknowledge. `'all'`: every member, the default of `publishConfirmed`. A number from 0: that many.
   * `'reply'`: the first that acknowledges with a reply. The wait also ends when every member has answered or vanished.
   */
  readonly confirm?: 'all' | 'reply' | number | undefined;
  /** The longest wait in milliseconds, from 1; default 5,000. A member that has not answered then is `timed-out`. */
  readonly timeoutMs?: number | undefined;
  /** Called with each receipt when it arrives. An error that it throws is dropped. */
  readonly onReceipt?: ((receipt: Receipt<Reply>) => void) | undefined;
}
