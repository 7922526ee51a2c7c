import type { BrokenHistory } from './broken-letters.ts';
import { ack, ack2, first, nack, publish, second } from './calls.ts';
import { DEPENDENT } from './dependent-histories.ts';
import { KEYED } from './keyed-histories.ts';
import { REPLACED } from './replaced-histories.ts';

/** Histories that each break one promise. */
export const BROKEN: readonly BrokenHistory[] = [
  ['lost', 'nothing came of it', [publish]],
  ['lost', 'it was delivered, and not settled', [publish, first]],
  ['lost', 'only a refused ack', [publish, first, { ...ack, outcome: 'failed' }]],
  [
    'lost',
    'a group that existed did not get it',
    [{ operation: 'create-group', group: 'g' }, publish],
  ],
  [
    'lost',
    'fewer were reported as missed',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { ...publish, eventId: 'e2' },
      { operation: 'missed', group: 'm', count: 1 },
    ],
  ],
  [
    'lost',
    'put back, and never seen again',
    [publish, first, { operation: 'reject', lease: 1 }, { operation: 'redrive' }],
  ],
  [
    'lost',
    'informed before it was created again',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { operation: 'missed', group: 'm', count: 1 },
      { operation: 'create-group', group: 'm' },
      { ...publish, eventId: 'e2' },
    ],
  ],
  [
    'over-reported',
    'informed of what was delivered',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { ...first, group: 'm' },
      { ...ack, group: 'm' },
      { operation: 'missed', group: 'm', count: 1 },
    ],
  ],
  ['unexpected', 'never published', [first, ack]],
  ['unexpected', 'its publish failed', [{ ...publish, outcome: 'failed' }, first, ack]],
  ['unexpected', 'published later', [first, ack, publish]],
  ['unexpected', 'another payload', [{ ...publish, digest: 'x' }, { ...first, digest: 'y' }, ack]],
  ['redelivered-after-ack', 'later', [publish, first, ack, second, ack2]],
  [
    'delivered-after-cancel',
    'it waited, was cancelled, and was delivered',
    [publish, first, nack, { operation: 'cancel' }, second],
  ],
  ...REPLACED,
  ...DEPENDENT,
  ['ended-twice', 'acknowledged and cancelled', [publish, first, ack, { operation: 'cancel' }]],
  [
    'ended-twice',
    'cancelled and dead',
    [publish, { operation: 'cancel' }, { operation: 'dead-letter' }],
  ],
  [
    'redelivered-after-ack',
    'claimed before, and delivered late',
    [publish, { ...first, time: 50 }, { ...second, context: 'b' }, ack2],
  ],
  ['two-leases', 'one token twice', [publish, first, { ...first, context: 'b' }, ack]],
  [
    'two-leases',
    'before the first lease ended',
    [publish, { ...first, exclusiveUntil: 1_000 }, { ...second, context: 'b' }, ack2],
  ],
  [
    'two-leases',
    'though it was extended',
    [
      publish,
      { ...first, exclusiveUntil: 25 },
      { operation: 'extend', lease: 1, exclusiveUntil: 1_000 },
      { ...second, context: 'b' },
      ack2,
    ],
  ],
  ['stale-settlement', 'an ack', [publish, first, second, ack]],
  [
    'stale-settlement',
    'an extension',
    [publish, first, second, { operation: 'extend', lease: 1 }, ack2],
  ],
  [
    'lease-went-back',
    'a smaller token',
    [
      publish,
      { ...first, lease: 5 },
      { ...nack, lease: 5 },
      { ...second, lease: 4 },
      { ...ack, lease: 4, outcome: 'unknown' },
    ],
  ],
  [
    'attempts-went-back',
    'a smaller attempt',
    [publish, { ...first, attempts: 3 }, nack, second, ack2],
  ],
  ['early', 'before the delay of its publish', [{ ...publish, dueAt: 1_000 }, first, ack]],
  [
    'early',
    'before the delay of its nack',
    [publish, first, { ...nack, dueAt: 1_000 }, second, ack2],
  ],
  ['delivered-after-expiry', 'a retry', [{ ...publish, expiresAt: 30 }, first, nack, second, ack2]],
  ...KEYED,
  [
    'channel-order',
    'the second first',
    [
      publish,
      { ...publish, eventId: 'e2' },
      { ...first, eventId: 'e2' },
      { ...ack, eventId: 'e2' },
      { ...first, lease: 2 },
      ack2,
    ],
  ],
  [
    'receipt-mismatch',
    'not acknowledged by that member',
    [
      publish,
      first,
      ack,
      { operation: 'confirm', receipts: [{ context: 'b', outcome: 'acknowledged' }] },
    ],
  ],
  [
    'receipt-mismatch',
    'acknowledged later',
    [
      publish,
      { operation: 'confirm', receipts: [{ context: 'a', outcome: 'acknowledged' }] },
      first,
      ack,
    ],
  ],
  [
    'receipt-mismatch',
    'rejected, though it was acknowledged',
    [
      publish,
      first,
      ack,
      { operation: 'confirm', receipts: [{ context: 'a', outcome: 'rejected' }] },
    ],
  ],
  [
    'receipt-mismatch',
    'counted twice',
    [
      publish,
      first,
      ack,
      {
        operation: 'confirm',
        receipts: [
          { context: 'a', outcome: 'acknowledged' },
          { context: 'a', outcome: 'acknowledged' },
        ],
      },
    ],
  ],
  [
    'receipt-mismatch',
    'confirmed without an acknowledgement',
    [
      publish,
      first,
      ack,
      {
        operation: 'confirm',
        isConfirmed: true,
        receipts: [
          { context: 'a', outcome: 'acknowledged' },
          { context: 'b', outcome: 'vanished' },
        ],
      },
    ],
  ],
  [
    'receipt-mismatch',
    'timed out before its time',
    [
      publish,
      first,
      ack,
      {
        operation: 'confirm',
        timeoutMs: 1_000,
        receipts: [{ context: 'b', outcome: 'timed-out' }],
      },
    ],
  ],
  [
    'receipt-mismatch',
    'of a context that was no member',
    [
      publish,
      { operation: 'confirm', members: [], receipts: [{ context: 'b', outcome: 'timed-out' }] },
      first,
      ack,
    ],
  ],
  [
    'receipt-missing',
    'of a member that was there',
    [publish, first, ack, { operation: 'confirm', members: ['b'], receipts: [] }],
  ],
  ['ended-twice', 'acknowledged and dead', [publish, first, ack, { operation: 'dead-letter' }]],
  [
    'ended-twice',
    'acknowledged, and found dead while a redrive was under way',
    [publish, first, ack, { operation: 'dead-letter' }, { operation: 'redrive', invoked: 25 }],
  ],
];
