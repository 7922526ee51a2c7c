import type { HistoryRule } from 'ackline/testing';
import { ack, ack2, first, type Given, publish, second } from './calls.ts';

/** The rule that is broken, how, and the records. */
export type BrokenHistory = readonly [HistoryRule, string, readonly Given[]];

/** Histories of dead letters and groups that each break one promise. */
export const BROKEN_LETTERS: readonly BrokenHistory[] = [
  [
    'redelivered-after-reject',
    'not redriven',
    [publish, first, { operation: 'reject', lease: 1 }, second, ack2],
  ],
  [
    'redelivered-after-reject',
    'a redrive that had no effect',
    [
      publish,
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'redrive', outcome: 'failed' },
      second,
      ack2,
    ],
  ],
  [
    'redelivered-after-reject',
    'another group was redriven',
    [
      publish,
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'redrive', group: 'g' },
      second,
      ack2,
    ],
  ],
  [
    'returned-after-purge',
    'redriven and delivered',
    [
      publish,
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'purge', eventId: 'e1' },
      { operation: 'redrive' },
      second,
      ack2,
    ],
  ],
  [
    'returned-after-purge',
    'still among the dead letters',
    [
      publish,
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'purge', eventId: 'e1' },
      { operation: 'dead-letter' },
    ],
  ],
  [
    'outside-group',
    'published before the group was created',
    [
      publish,
      first,
      ack,
      { operation: 'create-group', group: 'g' },
      { ...first, group: 'g', lease: 3 },
      { ...ack, group: 'g', lease: 3 },
    ],
  ],
  [
    'outside-group',
    'delivered after the group was deleted',
    [
      { operation: 'create-group', group: 'g' },
      publish,
      { operation: 'delete-group', group: 'g' },
      { ...first, group: 'g' },
    ],
  ],
  [
    'lost',
    'the queue without a name existed, and did not get it',
    [
      { operation: 'create-group' },
      { operation: 'create-group', group: 'g' },
      publish,
      { ...first, group: 'g' },
      { ...ack, group: 'g' },
    ],
  ],
];
