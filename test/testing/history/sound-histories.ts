import { ack, ack2, first, type Given, nack, publish, second } from './calls.ts';

/** Histories that break no promise. */
export const SOUND: readonly (readonly [string, readonly Given[]])[] = [
  ['publish, deliver, ack', [publish, first, ack]],
  ['an ack whose answer was lost', [publish, first, { ...ack, outcome: 'unknown' }]],
  ['a nack, and the next attempt', [publish, first, nack, second, ack2]],
  [
    'a crash, and a takeover',
    [
      publish,
      { ...first, exclusiveUntil: 1_000 },
      { operation: 'end' },
      { ...second, context: 'b' },
      { ...ack2, context: 'b' },
    ],
  ],
  [
    'a stale settlement that is refused',
    [publish, first, { ...second, context: 'b' }, { ...ack, outcome: 'failed' }, ack2],
  ],
  ['a publish that failed', [{ ...publish, outcome: 'failed' }]],
  [
    'a publish whose answer was lost, and that stored nothing',
    [{ ...publish, outcome: 'unknown' }],
  ],
  [
    'a publish whose answer was lost, and that was delivered',
    [{ ...publish, outcome: 'unknown' }, first, ack],
  ],
  [
    'an event that a newer one of its key has replaced, without a report',
    [
      { ...publish, key: 'k' },
      { ...publish, key: 'k', replaces: true, eventId: 'e2' },
      { ...first, eventId: 'e2' },
      { ...ack, eventId: 'e2' },
    ],
  ],
  ['an event that still waits', [publish, { operation: 'remain' }]],
  [
    'a dead letter',
    [publish, first, { operation: 'reject', lease: 1 }, { operation: 'dead-letter' }],
  ],
  [
    'a dead letter that was redriven',
    [
      publish,
      { ...first, attempts: 3 },
      { operation: 'reject', lease: 1 },
      { operation: 'redrive' },
      { ...second, attempts: 1 },
      ack2,
    ],
  ],
  [
    'a dead letter that was purged',
    [publish, first, { operation: 'reject', lease: 1 }, { operation: 'purge', eventId: 'e1' }],
  ],
  [
    'an event that died of its age before it was due, and was redriven',
    [{ ...publish, dueAt: 1_000, expiresAt: 8 }, { operation: 'redrive' }, first, ack],
  ],
  [
    'a group that was deleted and created again',
    [
      { operation: 'create-group', group: 'g' },
      publish,
      { ...first, group: 'g' },
      { operation: 'delete-group', group: 'g' },
      { operation: 'create-group', group: 'g' },
      { ...publish, eventId: 'e2' },
      { ...first, eventId: 'e2', group: 'g', lease: 2 },
      { ...ack, eventId: 'e2', group: 'g', lease: 2 },
    ],
  ],
  [
    'events of one key, of which the first was deleted with its group',
    [
      { operation: 'create-group', group: 'g' },
      { ...publish, key: 'k' },
      { ...first, group: 'g' },
      { operation: 'delete-group', group: 'g' },
      { operation: 'create-group', group: 'g' },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2', group: 'g', lease: 2 },
      { ...ack, eventId: 'e2', group: 'g', lease: 2 },
    ],
  ],
  [
    'events of one key, of which the first died of its age before its channel was purged',
    [
      { ...publish, key: 'k', expiresAt: 26 },
      { ...publish, eventId: 'e2', key: 'k' },
      first,
      { ...first, eventId: 'e2', lease: 2 },
      { ...ack2, eventId: 'e2' },
      { operation: 'purge' },
    ],
  ],
  [
    'events of one key, of which the first died of its age and was redriven while it was rejected',
    [
      { ...publish, key: 'k', expiresAt: Number.POSITIVE_INFINITY },
      { ...publish, eventId: 'e2', key: 'k' },
      first,
      { ...first, eventId: 'e2', lease: 2 },
      { ...ack2, eventId: 'e2' },
      { operation: 'redrive', invoked: 100, time: 110 },
      { operation: 'reject', lease: 1, outcome: 'unknown', invoked: 102, time: 108 },
      { ...second, lease: 3, invoked: 120, time: 120 },
      { operation: 'ack', lease: 3, invoked: 120, time: 125 },
    ],
  ],
  [
    'a group that was created and deleted at the same time',
    [
      { operation: 'create-group', group: 'g', invoked: 0, time: 9 },
      { operation: 'delete-group', group: 'g', invoked: 1, time: 8 },
      publish,
    ],
  ],
  [
    'a group that was created twice while it was deleted, with one answer lost',
    [
      { operation: 'delete-group', group: 'g', outcome: 'unknown', invoked: 3, time: 3 },
      { operation: 'create-group', group: 'g', outcome: 'unknown', invoked: 1, time: 7 },
      { operation: 'create-group', group: 'g', invoked: 2, time: 8 },
      publish,
    ],
  ],
  ['a channel that was purged', [publish, { operation: 'purge' }]],
  [
    'a member that was informed of what it missed',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { operation: 'missed', group: 'm', count: 1 },
    ],
  ],
  [
    'events from before their member joined, of which one was confirmed after that',
    [
      publish,
      { ...publish, eventId: 'e2', invoked: 10, time: 100 },
      { operation: 'create-group', context: 'm', group: 'm' },
      { ...first, context: 'm', group: 'm', eventId: 'e2' },
      { ...ack, context: 'm', group: 'm', eventId: 'e2' },
      { ...first, context: 'm', group: 'm', lease: 2 },
      { ...ack2, context: 'm', group: 'm' },
    ],
  ],
  [
    'a loss that nobody can report',
    [{ operation: 'create-group', group: 'm' }, publish, { operation: 'unreachable', group: 'm' }],
  ],
  [
    'a group that was created again after it was informed',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { operation: 'missed', group: 'm', count: 1 },
      { operation: 'delete-group', group: 'm' },
      { operation: 'create-group', group: 'm' },
    ],
  ],
  [
    'a group that was created while the event was published',
    [{ operation: 'create-group', group: 'g', time: 12 }, publish],
  ],
  [
    'a publish under way while its member joined again, which is among those that the member may have missed',
    [
      { operation: 'create-group', group: 'm' },
      { ...publish, time: 60 },
      { ...first, group: 'm' },
      { ...ack, group: 'm' },
      { operation: 'delete-group', group: 'm' },
      { operation: 'create-group', group: 'm' },
      { operation: 'missed', group: 'm', count: 1 },
    ],
  ],
  [
    'a member that joins again and gets a history that is older than what it got before',
    [
      { operation: 'create-group', group: 'm' },
      publish,
      { ...publish, eventId: 'e2' },
      { ...first, eventId: 'e2', group: 'm' },
      { ...ack, eventId: 'e2', group: 'm' },
      { operation: 'delete-group', group: 'm' },
      { operation: 'create-group', group: 'm' },
      { ...first, group: 'm', lease: 2 },
      { ...ack, group: 'm', lease: 2 },
    ],
  ],
  ['a time to live that was kept', [{ ...publish, expiresAt: 15 }, first, ack]],
  [
    'a time to live that a redrive ended',
    [{ ...publish, expiresAt: 5 }, { operation: 'redrive' }, first, ack],
  ],
  ['a delay that was kept', [{ ...publish, dueAt: 10 }, first, ack]],
  [
    'a delay that was cut short',
    [{ ...publish, dueAt: 1_000 }, { operation: 'retry-now' }, first, ack],
  ],
  [
    'a receipt for an acknowledgement',
    [
      publish,
      first,
      ack,
      {
        operation: 'confirm',
        receipts: [
          { context: 'a', outcome: 'acknowledged' },
          { context: 'b', outcome: 'vanished' },
        ],
      },
    ],
  ],
  [
    'a lease that was extended',
    [
      publish,
      { ...first, exclusiveUntil: 20 },
      { operation: 'extend', lease: 1, exclusiveUntil: 100 },
      ack,
    ],
  ],
  [
    'events of one key, one after the other',
    [
      { ...publish, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      first,
      ack,
      { ...first, eventId: 'e2', lease: 3 },
      { ...ack, eventId: 'e2', lease: 3 },
    ],
  ],
];
