import type { BrokenHistory } from './broken-letters.ts';
import { ack, ack2, first, type Given, publish, second } from './calls.ts';

/** Histories of events with a key that each break one promise. */
export const KEYED: readonly BrokenHistory[] = [
  [
    'key-order',
    'before its predecessor was done',
    [
      { ...publish, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2', context: 'b' },
      { ...ack, eventId: 'e2' },
      { ...first, lease: 2 },
      ack2,
    ],
  ],
  [
    'key-order',
    'though its predecessor still waits',
    [
      { ...publish, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2' },
      { ...ack, eventId: 'e2' },
      { operation: 'remain' },
    ],
  ],
  [
    'key-order',
    'before its predecessor was purged with the channel',
    [
      { ...publish, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      first,
      { ...first, eventId: 'e2', lease: 2 },
      { ...ack2, eventId: 'e2' },
      { operation: 'purge' },
    ],
  ],
  [
    'key-order',
    'before its predecessor was rejected and redriven',
    [
      { ...publish, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2', context: 'b' },
      { ...ack, eventId: 'e2' },
      { ...first, lease: 2 },
      { operation: 'reject', lease: 2 },
      { operation: 'redrive' },
      { ...second, lease: 3 },
      { operation: 'ack', lease: 3 },
    ],
  ],
];

/** Histories of events with a key that break no promise. */
export const SOUND_KEYED: readonly (readonly [string, readonly Given[]])[] = [
  [
    'an event that was deleted with its group, which another call created again meanwhile',
    [
      { operation: 'create-group', group: 'g' },
      { ...publish, key: 'k' },
      { ...first, group: 'g' },
      { operation: 'create-group', group: 'g', invoked: 31, time: 33 },
      { operation: 'delete-group', group: 'g', invoked: 30, time: 34 },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2', group: 'g' },
      { ...ack, eventId: 'e2', group: 'g' },
      { operation: 'delete-group', group: 'g' },
    ],
  ],
];
