import type { BrokenHistory } from './broken-letters.ts';
import { ack, first, publish } from './calls.ts';

/** Histories of an event that waits for another one. */
export const DEPENDENT: readonly BrokenHistory[] = [
  [
    'before-dependency',
    'while the event that it waits for was held',
    [
      publish,
      { ...publish, eventId: 'e2', after: 'e1' },
      first,
      { ...first, eventId: 'e2', lease: 2, context: 'b' },
      { ...ack, eventId: 'e2', lease: 2 },
      ack,
    ],
  ],
];
