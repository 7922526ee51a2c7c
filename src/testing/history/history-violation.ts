import type { HistoryRecord } from './history-record.ts';

/**
 * A promise of the library that a history does not keep.
 *
 * - `lost`: a publish was accepted, and at the end the event is not acknowledged, not dead and not stored.
 * - `late`: an accepted event was not done within the allowed time after all faults had been healed.
 * - `over-reported`: a group was informed of more missed events than it lacks.
 * - `unexpected`: a delivery of an event that was never published, differs from its publish, or whose publish failed.
 * - `redelivered-after-ack`: a delivery after an accepted acknowledgement.
 * - `redelivered-after-reject`: a delivery after an accepted reject, although the event was not redriven.
 * - `returned-after-purge`: a dead letter was deleted, and was found or delivered later, or a call that began after the purge of
 *   its channel delivered an event from before the purge.
 * - `outside-group`: a group that starts empty got an event from before its creation, or got it after its deletion.
 * - `delivered-after-cancel`: a delivery after an accepted cancel.
 * - `delivered-and-replaced`: a newer event of its key has replaced an event that was delivered.
 * - `two-leases`: two deliveries held the event at the same time, or under one fencing token.
 * - `stale-settlement`: a settlement was accepted although a later fencing token had been delivered.
 * - `lease-went-back`, `attempts-went-back`: a later delivery has a fencing token or attempt that is not later.
 * - `early`: a delivery before the event was due.
 * - `delivered-after-expiry`: a delivery after the time to live of the event had passed.
 * - `channel-order`: a consumer got the first deliveries of one publisher's events out of order.
 * - `key-order`: an event was delivered before its predecessor of the same key was done.
 * - `before-dependency`: an event was delivered before the one that it waits for had ended.
 * - `receipt-mismatch`: a receipt for what its member did not do, two receipts of one member, or a confirmation that its
 *   receipts contradict.
 * - `receipt-missing`: a member that was there all the time has no receipt.
 * - `result-mismatch`: a context learnt a result that the event cannot have had at that time: `acknowledged` or `cancelled`
 *   although no call may have done that, a reply that no ack gave, or another result after an accepted ack.
 * - `result-missing`: nothing was known of an event whose result had to be kept.
 * - `ended-twice`: an event has two of these ends: acknowledged, dead, cancelled, replaced.
 */
export type HistoryRule =
  | 'lost'
  | 'late'
  | 'over-reported'
  | 'unexpected'
  | 'redelivered-after-ack'
  | 'redelivered-after-reject'
  | 'returned-after-purge'
  | 'outside-group'
  | 'delivered-after-cancel'
  | 'delivered-and-replaced'
  | 'two-leases'
  | 'stale-settlement'
  | 'lease-went-back'
  | 'attempts-went-back'
  | 'early'
  | 'delivered-after-expiry'
  | 'channel-order'
  | 'key-order'
  | 'before-dependency'
  | 'receipt-mismatch'
  | 'receipt-missing'
  | 'result-mismatch'
  | 'result-missing'
  | 'ended-twice';

export interface HistoryViolation {
  readonly rule: HistoryRule;
  readonly channel: string;
  /** Absent if the rule is about a channel as a whole. */
  readonly eventId?: string;
  readonly group?: string;
  /** The records that contradict each other, in the order of the sentence that describes the rule. */
  readonly records: readonly HistoryRecord[];
}
