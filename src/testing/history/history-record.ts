/**
 * One action of a context.
 *
 * - `publish`: one event. A batch is one record for each event.
 * - `deliver`: an event reached a consumer. `time` is when the consumer got it, `lease` its fencing token.
 * - `ack`, `nack`, `reject`, `extend`: a settlement. `ok` means that the backend accepted it.
 * - `lease-lost`: the context learnt that it no longer holds `lease`.
 * - `dead-letter`: the event was found among the dead letters.
 * - `remain`: the event was found waiting, scheduled or leased when the history ended.
 * - `replace`: a newer event of its key was reported to have replaced the event, which waited.
 * - `redrive`, `cancel`: of one event. `retry-now`: of a whole channel. `purge`: of one dead letter, or of whatever a channel has
 *   where it names no event.
 * - `missed`: a consumer group was informed that `count` events of the channel did not reach it.
 * - `unreachable`: the event did not reach the group, and no context that knows of the event can report that to the group.
 *   Only a test that controls the wire can know that.
 * - `create-group`, `delete-group`: a group of consumers exists from the end of the one call to the begin of the other.
 *   Over broadcast each member is a group of its own.
 * - `confirm`: the publisher got `receipts` for the event.
 * - `result`: a context learnt `result` of the event. For a result with a reply, `digest` is that of the reply.
 * - `freeze`, `thaw`: from the begin of the one to the end of the other the context did not run.
 * - `end`: the context ended, with all that it held.
 */
export type HistoryOperation =
  | 'publish'
  | 'deliver'
  | 'ack'
  | 'nack'
  | 'reject'
  | 'extend'
  | 'lease-lost'
  | 'dead-letter'
  | 'remain'
  | 'redrive'
  | 'cancel'
  | 'replace'
  | 'purge'
  | 'retry-now'
  | 'missed'
  | 'unreachable'
  | 'create-group'
  | 'delete-group'
  | 'confirm'
  | 'result'
  | 'freeze'
  | 'thaw'
  | 'end';

/**
 * How a call ended: `ok`, it took effect; `failed`, it had no effect; `unknown`, its answer was lost, so that it may have
 * had effect.
 */
export type HistoryOutcome = 'ok' | 'failed' | 'unknown';

/** The answer of a member to a publisher that waits for receipts. */
export interface HistoryReceipt {
  /** The `context` of the member's records. */
  readonly context: string;
  readonly outcome: 'acknowledged' | 'rejected' | 'vanished' | 'timed-out';
}

/** How an event had ended, or that it had not, as a context learnt it. */
export type HistoryResult = 'acknowledged' | 'dead' | 'cancelled' | 'pending' | 'unknown';

/** One call of one context. */
export interface HistoryRecord {
  /** Names the tab, worker, thread or process. */
  readonly context: string;
  readonly operation: HistoryOperation;
  /**
   * When the call began and when it ended, by one clock for the whole history: milliseconds, or a step number.
   * A call precedes another where its `time` is less than the other's `invoked`; otherwise they overlap.
   */
  readonly invoked: number;
  readonly time: number;
  readonly outcome: HistoryOutcome;
  readonly channel: string;
  /** Identifies the event in all its records. If an id can be lost with an answer, use a part of the payload instead. */
  readonly eventId?: string;
  /** `publish`: the key of the event, if it has one. */
  readonly key?: string;
  /** `publish`: the `eventId` of the event of its channel that it waits for. */
  readonly after?: string;
  /** `publish`: it replaces the events of its key that wait and were never delivered. */
  readonly replaces?: boolean;
  /** The group of consumers; absent is the group without a name. */
  readonly group?: string;
  /** `deliver` and settlements: the fencing token. */
  readonly lease?: number;
  /** `deliver`: the attempt, from 1. */
  readonly attempts?: number;
  /** `publish`, and `nack`: no delivery may come before this, by the clock of the history. */
  readonly dueAt?: number;
  /**
   * `publish`: no delivery may come after this, by the clock of the history, unless the event was redriven. Infinity: the event may
   * die by itself, at a time that is unknown.
   */
  readonly expiresAt?: number;
  /** `deliver` and `extend`: until when the lease excludes others, by the clock of the history. Absent: not checked. */
  readonly exclusiveUntil?: number;
  /**
   * `publish` and `deliver`: a digest of payload and metadata. Where both have one they must be equal. `ack` and `result`: a digest
   * of the reply. A result with one needs an ack with the same.
   */
  readonly digest?: string;
  /** `publish` and `ack`: until then the result of the event is kept at least, by the clock of the history. Absent: not checked. */
  readonly keptUntil?: number;
  /** `result`: what the context learnt. */
  readonly result?: HistoryResult;
  /** `missed`: how many events. */
  readonly count?: number;
  /** `confirm`. */
  readonly receipts?: readonly HistoryReceipt[];
  /** `confirm`: whether the publisher was answered that every member acknowledged. Absent: not checked. */
  readonly isConfirmed?: boolean;
  /** `confirm`: how long the publisher was willing to wait, by the clock of the history. Absent: not checked. */
  readonly timeoutMs?: number;
  /** `confirm`: the contexts that were members all the time, without any other. Each must have a receipt. Absent: not checked. */
  readonly members?: readonly string[];
}
