import type { HistoryRule } from 'ackline/testing';

/** By rule, in words. The type makes the list complete. */
export const RULE_WORDS: Readonly<Record<HistoryRule, string>> = {
  lost: 'lost',
  late: 'late after healing',
  'over-reported': 'reported as missed and not lacking',
  unexpected: 'unexpected',
  'redelivered-after-ack': 'delivered after an accepted acknowledgement',
  'redelivered-after-reject': 'delivered after an accepted reject',
  'returned-after-purge': 'back after a purge',
  'outside-group': 'an event of another life of its group',
  'delivered-after-cancel': 'a delivery after an accepted cancel',
  'delivered-and-replaced': 'replaced although it was delivered',
  'two-leases': 'two leases at once',
  'stale-settlement': 'stale settlement accepted',
  'lease-went-back': 'lease went back',
  'attempts-went-back': 'attempts went back',
  early: 'delivered early',
  'delivered-after-expiry': 'delivered after its time to live',
  'channel-order': 'out of channel order',
  'key-order': 'out of key order',
  'before-dependency': 'before the event that it waits for',
  'receipt-mismatch': 'wrong receipt',
  'receipt-missing': 'missing receipt',
  'result-mismatch': 'wrong result',
  'result-missing': 'missing result',
  'ended-twice': 'acknowledged and dead',
};

export const HISTORY_RULES = Object.keys(RULE_WORDS) as readonly HistoryRule[];
