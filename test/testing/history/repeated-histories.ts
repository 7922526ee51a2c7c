import type { BrokenHistory } from './broken-letters.ts';
import { ack, first, type Given, publish } from './calls.ts';

const unanswered: Given = { ...publish, outcome: 'unknown' };
const createGroup: Given = { operation: 'create-group', group: 'g' };

/** Histories without a fault, in which an id is published again because the first answer was lost. */
export const SOUND_REPEATED: readonly (readonly [string, readonly Given[]])[] = [
  [
    'an event that was stored before a group was created, by a publish without an answer',
    [createGroup, { operation: 'delete-group', group: 'g' }, unanswered, createGroup, publish],
  ],
  [
    'an event that was purged between its two publishes',
    [unanswered, { operation: 'purge' }, publish],
  ],
  [
    'an event of a key that may have been stored after another one that was delivered first',
    [
      { ...unanswered, key: 'k' },
      { ...publish, eventId: 'e2', key: 'k' },
      { ...first, eventId: 'e2', context: 'b' },
      { ...ack, eventId: 'e2', context: 'b' },
      { ...publish, key: 'k' },
      { ...first, lease: 2 },
      { ...ack, lease: 2 },
    ],
  ],
];

/** Histories in which an id is published again, and that each break one promise. */
export const BROKEN_REPEATED: readonly BrokenHistory[] = [
  ['lost', 'an event that was published twice', [unanswered, publish]],
  [
    'lost',
    'an event that was published twice since its group was created',
    [createGroup, unanswered, publish],
  ],
];
