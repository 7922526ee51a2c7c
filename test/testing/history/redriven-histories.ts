import { ack, ack2, first, type Given, publish, second } from './calls.ts';

/** Histories of dead letters that were found before a redrive had ended. They break no promise. */
export const SOUND_REDRIVEN: readonly (readonly [string, readonly Given[]])[] = [
  [
    'a dead letter that was found while a redrive was under way',
    [
      publish,
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'dead-letter' },
      { operation: 'redrive', invoked: 25 },
      { ...second, attempts: 1 },
      ack2,
    ],
  ],
  [
    'a dead letter that was found, redriven and then cancelled',
    [
      { ...publish, dueAt: 1_000, expiresAt: 8 },
      { operation: 'dead-letter' },
      { operation: 'redrive' },
      { operation: 'cancel' },
    ],
  ],
  [
    'a dead letter that was redriven, and that a newer one of its key then replaced, without a report',
    [
      { ...publish, key: 'k' },
      first,
      { operation: 'reject', lease: 1 },
      { operation: 'redrive' },
      { ...publish, key: 'k', replaces: true, eventId: 'e2' },
      { ...first, eventId: 'e2' },
      { ...ack, eventId: 'e2' },
    ],
  ],
  [
    'an event that died of its age, and was redriven and rejected at one instant, after the next one of its key was delivered',
    [
      { ...publish, key: 'k', expiresAt: 25 },
      { ...first, exclusiveUntil: 28 },
      { ...publish, key: 'k', eventId: 'e2' },
      { ...second, attempts: 1, eventId: 'e2' },
      { ...ack2, eventId: 'e2' },
      { operation: 'redrive', invoked: 60, time: 60 },
      { ...first, lease: 3, invoked: 60, time: 60 },
      { operation: 'reject', lease: 3, invoked: 60, time: 60 },
      { operation: 'redrive' },
      { ...first, lease: 4 },
      { ...ack, lease: 4 },
    ],
  ],
];
