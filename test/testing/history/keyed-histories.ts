import type { BrokenHistory } from './broken-letters.ts';
import { ack, ack2, first, publish, second } from './calls.ts';

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
